//! Two hundred models in a ring, each of which leads to the next by a key and by a link, compiled and
//! run at the default recursion limit: no type of a model holds the type of another.

use relata::{Dialect, Metadata, Model, prelude::*};

macro_rules! ring {
    ($(($module:ident, $table:literal, $link:literal, $next:ident, $previous:ident))*) => {
        $(mod $module {
            use relata::prelude::*;

            #[model(table = $table)]
            pub(crate) struct Node {
                #[field(primary_key)]
                pub(crate) id: Id<Node>,
                pub(crate) name: String,
                #[field(foreign_key = super::$next::Node.id)]
                pub(crate) next_id: Option<Id<super::$next::Node>>,

                #[relationship(back_populates = previous)]
                pub(crate) next: One<Option<super::$next::Node>>,
                #[relationship(back_populates = next)]
                pub(crate) previous: Many<super::$previous::Node>,
                #[relationship(back_populates = sources, link_model = Link)]
                pub(crate) targets: Many<super::$next::Node>,
                #[relationship(back_populates = targets, link_model = super::$previous::Link)]
                pub(crate) sources: Many<super::$previous::Node>,
            }

            #[model(table = $link)]
            pub(crate) struct Link {
                #[field(primary_key, foreign_key = Node.id)]
                pub(crate) source_id: Id<Node>,
                #[field(primary_key, foreign_key = super::$next::Node.id)]
                pub(crate) target_id: Id<super::$next::Node>,
            }
        })*

        const NODES: &[&str] = &[$($table),*];
        const LINKS: &[&str] = &[$($link),*];

        fn printed() -> Vec<String> {
            vec![$(format!("{:?}", $module::Node::new($table))),*]
        }

        fn serialized() -> Vec<serde_json::Value> {
            vec![$(serde_json::to_value($module::Node::new($table)).unwrap()),*]
        }

        /// The table that each relation leads to, and the link that it leads through.
        fn resolved() -> Vec<Vec<(&'static str, Option<&'static str>)>> {
            let mut all = Vec::new();
            for def in [$($module::Node::DEF),*] {
                let each = def.relations.iter().map(|relation| (relation.resolved)());
                all.push(each.map(|to| (to.target.table, to.link.map(|link| link.table))).collect());
            }
            all
        }
    };
}

ring! {
    (m0, "ring0", "link0", m1, m199) (m1, "ring1", "link1", m2, m0) (m2, "ring2", "link2", m3, m1)
    (m3, "ring3", "link3", m4, m2) (m4, "ring4", "link4", m5, m3) (m5, "ring5", "link5", m6, m4)
    (m6, "ring6", "link6", m7, m5) (m7, "ring7", "link7", m8, m6) (m8, "ring8", "link8", m9, m7)
    (m9, "ring9", "link9", m10, m8) (m10, "ring10", "link10", m11, m9)
    (m11, "ring11", "link11", m12, m10) (m12, "ring12", "link12", m13, m11)
    (m13, "ring13", "link13", m14, m12) (m14, "ring14", "link14", m15, m13)
    (m15, "ring15", "link15", m16, m14) (m16, "ring16", "link16", m17, m15)
    (m17, "ring17", "link17", m18, m16) (m18, "ring18", "link18", m19, m17)
    (m19, "ring19", "link19", m20, m18) (m20, "ring20", "link20", m21, m19)
    (m21, "ring21", "link21", m22, m20) (m22, "ring22", "link22", m23, m21)
    (m23, "ring23", "link23", m24, m22) (m24, "ring24", "link24", m25, m23)
    (m25, "ring25", "link25", m26, m24) (m26, "ring26", "link26", m27, m25)
    (m27, "ring27", "link27", m28, m26) (m28, "ring28", "link28", m29, m27)
    (m29, "ring29", "link29", m30, m28) (m30, "ring30", "link30", m31, m29)
    (m31, "ring31", "link31", m32, m30) (m32, "ring32", "link32", m33, m31)
    (m33, "ring33", "link33", m34, m32) (m34, "ring34", "link34", m35, m33)
    (m35, "ring35", "link35", m36, m34) (m36, "ring36", "link36", m37, m35)
    (m37, "ring37", "link37", m38, m36) (m38, "ring38", "link38", m39, m37)
    (m39, "ring39", "link39", m40, m38) (m40, "ring40", "link40", m41, m39)
    (m41, "ring41", "link41", m42, m40) (m42, "ring42", "link42", m43, m41)
    (m43, "ring43", "link43", m44, m42) (m44, "ring44", "link44", m45, m43)
    (m45, "ring45", "link45", m46, m44) (m46, "ring46", "link46", m47, m45)
    (m47, "ring47", "link47", m48, m46) (m48, "ring48", "link48", m49, m47)
    (m49, "ring49", "link49", m50, m48) (m50, "ring50", "link50", m51, m49)
    (m51, "ring51", "link51", m52, m50) (m52, "ring52", "link52", m53, m51)
    (m53, "ring53", "link53", m54, m52) (m54, "ring54", "link54", m55, m53)
    (m55, "ring55", "link55", m56, m54) (m56, "ring56", "link56", m57, m55)
    (m57, "ring57", "link57", m58, m56) (m58, "ring58", "link58", m59, m57)
    (m59, "ring59", "link59", m60, m58) (m60, "ring60", "link60", m61, m59)
    (m61, "ring61", "link61", m62, m60) (m62, "ring62", "link62", m63, m61)
    (m63, "ring63", "link63", m64, m62) (m64, "ring64", "link64", m65, m63)
    (m65, "ring65", "link65", m66, m64) (m66, "ring66", "link66", m67, m65)
    (m67, "ring67", "link67", m68, m66) (m68, "ring68", "link68", m69, m67)
    (m69, "ring69", "link69", m70, m68) (m70, "ring70", "link70", m71, m69)
    (m71, "ring71", "link71", m72, m70) (m72, "ring72", "link72", m73, m71)
    (m73, "ring73", "link73", m74, m72) (m74, "ring74", "link74", m75, m73)
    (m75, "ring75", "link75", m76, m74) (m76, "ring76", "link76", m77, m75)
    (m77, "ring77", "link77", m78, m76) (m78, "ring78", "link78", m79, m77)
    (m79, "ring79", "link79", m80, m78) (m80, "ring80", "link80", m81, m79)
    (m81, "ring81", "link81", m82, m80) (m82, "ring82", "link82", m83, m81)
    (m83, "ring83", "link83", m84, m82) (m84, "ring84", "link84", m85, m83)
    (m85, "ring85", "link85", m86, m84) (m86, "ring86", "link86", m87, m85)
    (m87, "ring87", "link87", m88, m86) (m88, "ring88", "link88", m89, m87)
    (m89, "ring89", "link89", m90, m88) (m90, "ring90", "link90", m91, m89)
    (m91, "ring91", "link91", m92, m90) (m92, "ring92", "link92", m93, m91)
    (m93, "ring93", "link93", m94, m92) (m94, "ring94", "link94", m95, m93)
    (m95, "ring95", "link95", m96, m94) (m96, "ring96", "link96", m97, m95)
    (m97, "ring97", "link97", m98, m96) (m98, "ring98", "link98", m99, m97)
    (m99, "ring99", "link99", m100, m98) (m100, "ring100", "link100", m101, m99)
    (m101, "ring101", "link101", m102, m100) (m102, "ring102", "link102", m103, m101)
    (m103, "ring103", "link103", m104, m102) (m104, "ring104", "link104", m105, m103)
    (m105, "ring105", "link105", m106, m104) (m106, "ring106", "link106", m107, m105)
    (m107, "ring107", "link107", m108, m106) (m108, "ring108", "link108", m109, m107)
    (m109, "ring109", "link109", m110, m108) (m110, "ring110", "link110", m111, m109)
    (m111, "ring111", "link111", m112, m110) (m112, "ring112", "link112", m113, m111)
    (m113, "ring113", "link113", m114, m112) (m114, "ring114", "link114", m115, m113)
    (m115, "ring115", "link115", m116, m114) (m116, "ring116", "link116", m117, m115)
    (m117, "ring117", "link117", m118, m116) (m118, "ring118", "link118", m119, m117)
    (m119, "ring119", "link119", m120, m118) (m120, "ring120", "link120", m121, m119)
    (m121, "ring121", "link121", m122, m120) (m122, "ring122", "link122", m123, m121)
    (m123, "ring123", "link123", m124, m122) (m124, "ring124", "link124", m125, m123)
    (m125, "ring125", "link125", m126, m124) (m126, "ring126", "link126", m127, m125)
    (m127, "ring127", "link127", m128, m126) (m128, "ring128", "link128", m129, m127)
    (m129, "ring129", "link129", m130, m128) (m130, "ring130", "link130", m131, m129)
    (m131, "ring131", "link131", m132, m130) (m132, "ring132", "link132", m133, m131)
    (m133, "ring133", "link133", m134, m132) (m134, "ring134", "link134", m135, m133)
    (m135, "ring135", "link135", m136, m134) (m136, "ring136", "link136", m137, m135)
    (m137, "ring137", "link137", m138, m136) (m138, "ring138", "link138", m139, m137)
    (m139, "ring139", "link139", m140, m138) (m140, "ring140", "link140", m141, m139)
    (m141, "ring141", "link141", m142, m140) (m142, "ring142", "link142", m143, m141)
    (m143, "ring143", "link143", m144, m142) (m144, "ring144", "link144", m145, m143)
    (m145, "ring145", "link145", m146, m144) (m146, "ring146", "link146", m147, m145)
    (m147, "ring147", "link147", m148, m146) (m148, "ring148", "link148", m149, m147)
    (m149, "ring149", "link149", m150, m148) (m150, "ring150", "link150", m151, m149)
    (m151, "ring151", "link151", m152, m150) (m152, "ring152", "link152", m153, m151)
    (m153, "ring153", "link153", m154, m152) (m154, "ring154", "link154", m155, m153)
    (m155, "ring155", "link155", m156, m154) (m156, "ring156", "link156", m157, m155)
    (m157, "ring157", "link157", m158, m156) (m158, "ring158", "link158", m159, m157)
    (m159, "ring159", "link159", m160, m158) (m160, "ring160", "link160", m161, m159)
    (m161, "ring161", "link161", m162, m160) (m162, "ring162", "link162", m163, m161)
    (m163, "ring163", "link163", m164, m162) (m164, "ring164", "link164", m165, m163)
    (m165, "ring165", "link165", m166, m164) (m166, "ring166", "link166", m167, m165)
    (m167, "ring167", "link167", m168, m166) (m168, "ring168", "link168", m169, m167)
    (m169, "ring169", "link169", m170, m168) (m170, "ring170", "link170", m171, m169)
    (m171, "ring171", "link171", m172, m170) (m172, "ring172", "link172", m173, m171)
    (m173, "ring173", "link173", m174, m172) (m174, "ring174", "link174", m175, m173)
    (m175, "ring175", "link175", m176, m174) (m176, "ring176", "link176", m177, m175)
    (m177, "ring177", "link177", m178, m176) (m178, "ring178", "link178", m179, m177)
    (m179, "ring179", "link179", m180, m178) (m180, "ring180", "link180", m181, m179)
    (m181, "ring181", "link181", m182, m180) (m182, "ring182", "link182", m183, m181)
    (m183, "ring183", "link183", m184, m182) (m184, "ring184", "link184", m185, m183)
    (m185, "ring185", "link185", m186, m184) (m186, "ring186", "link186", m187, m185)
    (m187, "ring187", "link187", m188, m186) (m188, "ring188", "link188", m189, m187)
    (m189, "ring189", "link189", m190, m188) (m190, "ring190", "link190", m191, m189)
    (m191, "ring191", "link191", m192, m190) (m192, "ring192", "link192", m193, m191)
    (m193, "ring193", "link193", m194, m192) (m194, "ring194", "link194", m195, m193)
    (m195, "ring195", "link195", m196, m194) (m196, "ring196", "link196", m197, m195)
    (m197, "ring197", "link197", m198, m196) (m198, "ring198", "link198", m199, m197)
    (m199, "ring199", "link199", m0, m198)
}

#[test]
fn each_is_printed_and_serialized() {
    let (printed, serialized) = (printed(), serialized());
    assert_eq!((printed.len(), serialized.len()), (200, 200));
    for ((name, printed), serialized) in NODES.iter().zip(printed).zip(serialized) {
        let relations = "next: <not loaded>, previous: <not loaded>, targets: <not loaded>, sources: <not loaded>";
        let expected = format!("Node {{ id: None, name: {name:?}, next_id: None, {relations} }}");
        assert_eq!(printed, expected);
        assert_eq!(serialized, serde_json::json!({"id": null, "name": name, "next_id": null}));
    }
}

#[test]
fn every_relation_leads_to_its_neighbour() {
    let resolved = resolved();
    assert_eq!(resolved.len(), 200);
    for (at, relations) in resolved.iter().enumerate() {
        let (next, previous) = ((at + 1) % 200, (at + 199) % 200);
        let expected = [
            (NODES[next], None),
            (NODES[previous], None),
            (NODES[next], Some(LINKS[at])),
            (NODES[previous], Some(LINKS[previous])),
        ];
        assert_eq!(*relations, expected);
    }
}

#[test]
fn the_tables_are_those_of_the_ring() {
    let tables: Vec<&str> = relata::metadata().tables().collect();
    assert_eq!(tables.len(), 400);
    assert!(NODES.iter().chain(LINKS).all(|table| tables.contains(table)));

    let some = Metadata::of((m0::Node, m0::Link, (m1::Node, m199::Node)));
    let mut tables: Vec<&str> = some.tables().collect();
    tables.sort_unstable();
    assert_eq!(tables, ["link0", "ring0", "ring1", "ring199"]);
    assert_eq!(
        some.create_sql(Dialect::Sqlite).unwrap_err().to_string(),
        "`Node.next_id` refers to the table `ring2`, which is not among these tables; add `Node` to `Metadata::of(..)`"
    );
}

async fn round_the_ring() -> relata::Result<()> {
    let engine = Engine::builder("sqlite://").await?;
    relata::metadata().create_all(&engine).await?;

    let mut session = Session::new(&engine);
    let first = session.add(m0::Node::new("first"));
    let before = m198::Node::new("before").with_targets([m199::Node::new("linked")]);
    let last = m199::Node::new("last").with_next(&first).with_previous([before]);
    let last = session.add(last);
    session.commit().await?;
    assert_eq!(last.next_id, Some(first.id.clone()));

    let mut fresh = Session::new(&engine);
    let query = select(m198::Node).with(m198::Node.next).with(m198::Node.targets);
    let before = fresh.exec(query).one().await?;
    assert_eq!(before.next_id, Some(last.id.clone()));
    assert_eq!(before.next.get()?.map(|row| row.name.as_str()), Some("last"));
    let targets: Vec<&str> = before.targets.get()?.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(targets, ["linked"]);
    let linked = fresh.exec(select(m198::Link)).all().await?;
    assert_eq!(linked.len(), 1);
    assert_eq!(linked[0].source_id, before.id);
    Ok(())
}

/// Spawned, because that asks of every type in the future whether it is `Send`.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_goes_round_the_ring() {
    tokio::spawn(round_the_ring()).await.unwrap().unwrap();
}

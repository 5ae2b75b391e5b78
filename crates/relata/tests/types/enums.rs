//! Enums as columns: compared, computed with, sorted, and as keys.

use crate::support::{self, message, pick};
use relata::{
    ErrorKind, Metadata, Select,
    prelude::*,
    query::{Sql, greatest, null, tuple, value},
};
use serde::Serialize;

/// Neither in the order of its names nor without quotes in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ColumnEnum)]
#[column(key)]
enum Rank {
    Rookie,
    #[column(name = "it's \\ \"side\"")]
    Sidekick,
    Lead,
}
use Rank::{Lead, Rookie, Sidekick};

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    rank: Rank,
    #[field(index)]
    wished: Option<Rank>,
    past: Vec<Rank>,
}

/// Heroes 1 to 4.
async fn heroes() -> (support::Db, Session) {
    let db = support::engine(Metadata::of(Hero)).await;
    let mut session = Session::new(&db.engine);
    session.add(Hero::new(Sidekick, [Rookie]).with_wished(Lead));
    session.add(Hero::new(Lead, [Rookie, Sidekick]));
    session.add(Hero::new(Rookie, vec![]).with_wished(Sidekick));
    session.add(Hero::new(Lead, [Lead, Lead]).with_wished(Rookie));
    session.commit().await.unwrap();
    (db, session)
}

async fn ids(session: &mut Session, query: Select<Sql<Id<Hero>>>) -> Vec<i64> {
    let found = session.exec(query).all().await.unwrap();
    found.iter().map(|id| id.get().unwrap()).collect()
}

cases! {
    async fn variants_come_back() {
        let (_db, mut session) = heroes().await;
        let rows = session.exec(select(Hero).order_by(Hero.id)).all().await.unwrap();
        let shown: Vec<_> = rows.iter().map(|row| (row.rank, row.wished, row.past.clone())).collect();
        assert_eq!(
            shown,
            [
                (Sidekick, Some(Lead), vec![Rookie]),
                (Lead, None, vec![Rookie, Sidekick]),
                (Rookie, Some(Sidekick), vec![]),
                (Lead, Some(Rookie), vec![Lead, Lead]),
            ]
        );
    }

    async fn changes_are_seen_and_written() {
        let (_db, mut session) = heroes().await;
        let mut hero = session.get(Hero, 1).await.unwrap().unwrap();
        hero.rank = Lead;
        hero.wished = None;
        hero.past.push(Sidekick);
        session.add(&mut hero);
        session.commit().await.unwrap();
        session.refresh(&mut hero).await.unwrap();
        assert_eq!((hero.rank, hero.wished), (Lead, None));
        assert_eq!(hero.past, [Rookie, Sidekick]);
    }

    async fn they_are_compared_with_values_lists_and_each_other() {
        let (_db, mut session) = heroes().await;
        let all = || select(Hero.id).order_by(Hero.id);
        for (condition, expected) in [
            (Hero.rank.eq(Lead), &[2, 4][..]),
            (Hero.rank.eq(Sidekick), &[1]),
            (Hero.rank.ne(Lead), &[1, 3]),
            (Hero.rank.is_in([Lead, Sidekick]), &[1, 2, 4]),
            (Hero.rank.not_in([Lead, Sidekick]), &[3]),
            (Hero.rank.is_in([Lead; 600]), &[2, 4]),
            (Hero.wished.eq(Rookie), &[4]),
            (Hero.wished.same_as(None::<Rank>), &[2]),
            (Hero.wished.differs_from(Rookie), &[1, 2, 3]),
            (Hero.rank.eq(Hero.wished), &[]),
            (Hero.rank.is_in(select(Hero.wished).filter(Hero.id.eq(1))), &[2, 4]),
            (Hero.past.has(Rookie), &[1, 2]),
            (Hero.past.has_all([Rookie, Sidekick]), &[2]),
            (Hero.past.has_any([Lead, Sidekick]), &[2, 4]),
            (Hero.past.eq([Lead, Lead]), &[4]),
            (tuple((Hero.rank, Hero.id)).is_in([(Lead, 2), (Lead, 3)]), &[2]),
        ] {
            let query = all().filter(condition);
            let shown = format!("{query:?}");
            assert_eq!(ids(&mut session, query).await, expected, "{shown}");
        }
    }

    /// In the order of declaration on servers, of their names on SQLite.
    async fn they_are_sorted_and_compared_in_one_order() {
        let (_db, mut session) = heroes().await;
        let sorted = select(Hero.id).order_by((Hero.rank, Hero.id));
        let expected = pick([2, 4, 3, 1], [3, 1, 2, 4], [3, 1, 2, 4]);
        assert_eq!(ids(&mut session, sorted).await, expected);
        for (condition, sqlite, servers) in [
            (Hero.rank.lt(Sidekick), &[2, 3, 4][..], &[3][..]),
            (Hero.rank.gt(Rookie), &[1], &[1, 2, 4]),
            (!Hero.wished.gt(Rookie), &[1, 4], &[4]),
            (Hero.wished.le(Sidekick), &[1, 3, 4], &[3, 4]),
            (Hero.rank.between(Rookie, Sidekick), &[1, 3], &[1, 3]),
            (Hero.rank.lt(Hero.wished), &[3, 4], &[1, 3]),
            (tuple((Hero.rank, Hero.id)).gt((Sidekick, 1)), &[], &[2, 4]),
        ] {
            let query = select(Hero.id).filter(condition).order_by(Hero.id);
            let shown = format!("{query:?}");
            let expected = pick(sqlite, servers, servers);
            assert_eq!(ids(&mut session, query).await, expected, "{shown}");
        }
    }

    async fn pages_go_on_in_their_order() {
        let (_db, mut session) = heroes().await;
        let orders = || [Hero.rank.asc(), Hero.rank.desc(), Hero.wished.asc()];
        let servers = [[3, 1, 2, 4], [2, 4, 1, 3], [2, 4, 3, 1]];
        let expected = pick([[2, 4, 3, 1], [1, 3, 2, 4], [2, 1, 4, 3]], servers, servers);
        for (order, expected) in orders().into_iter().zip(expected) {
            let mut found = Vec::new();
            let mut pages = select(Hero.id).order_by(order).pages(1).unwrap();
            while let Some(page) = pages.next(&mut session).await.unwrap() {
                found.extend(page.iter().map(|id| id.get().unwrap()));
            }
            assert_eq!(found, expected);
        }
    }

    async fn they_are_computed_with() {
        let (_db, mut session) = heroes().await;
        let best = coalesce((Hero.wished, Hero.rank));
        assert_eq!(
            session.exec(select(best).order_by(Hero.id)).all().await.unwrap(),
            [Lead, Lead, Sidekick, Rookie]
        );
        let other = case().when(Hero.rank.eq(Lead), Rookie).otherwise(Lead);
        let same = select(Hero.id).filter(Hero.rank.eq(other.clone()));
        assert!(ids(&mut session, same).await.is_empty());
        assert_eq!(
            session.exec(select(other).order_by(Hero.id)).all().await.unwrap(),
            [Lead, Rookie, Lead, Rookie]
        );
        let plain = select((Hero.rank, value(Sidekick), null::<Rank>(), value(vec![Lead]))).filter(Hero.id.eq(1));
        assert_eq!(session.exec(plain).one().await.unwrap(), (Sidekick, Sidekick, None, vec![Lead]));
        let texts = select(Hero.rank.cast::<String>()).filter(Hero.id.le(2));
        assert_eq!(
            session.exec(texts.order_by(Hero.id)).all().await.unwrap(),
            ["it's \\ \"side\"", "Lead"]
        );
        let text = || value("Lead").cast::<Rank>();
        let cast = select((text(), Hero.id)).filter(Hero.rank.eq(text())).order_by(Hero.id);
        let cast = session.exec(cast).all().await.unwrap();
        assert_eq!(cast.iter().map(|(rank, id)| (*rank, id.get().unwrap())).collect::<Vec<_>>(), [(Lead, 2), (Lead, 4)]);
        let counts = select((Hero.rank, count(Hero.id))).group_by(Hero.rank).order_by(count(Hero.id));
        let counts = session.exec(counts).all().await.unwrap();
        assert_eq!(counts[2], (Lead, 2));
        let distinct = select(Hero.rank).distinct().order_by(Hero.rank.desc());
        assert_eq!(
            session.exec(distinct).all().await.unwrap(),
            pick([Sidekick, Rookie, Lead], [Lead, Sidekick, Rookie], [Lead, Sidekick, Rookie])
        );
        let wished = select(Hero.wished.optional()).filter(Hero.wished.is_not_null());
        let both = select(Hero.rank.optional()).union(wished);
        assert_eq!(session.exec(both).all().await.unwrap().len(), 3);
        let part = select((Hero.id, Hero.rank)).subquery("part");
        let found = select(part.0).select_from(&part).filter(part.1.eq(Sidekick));
        assert_eq!(ids(&mut session, found).await, [1]);
    }

    /// MySQL takes them for text in functions.
    async fn the_least_and_the_greatest() {
        let (_db, mut session) = heroes().await;
        let ends = select((min(Hero.rank), max(Hero.rank)));
        let expected = pick((Lead, Sidekick), (Rookie, Lead), (Lead, Sidekick));
        assert_eq!(
            session.exec(ends).one().await.unwrap(),
            (Some(expected.0), Some(expected.1))
        );
        let most = select(greatest((Hero.rank, Sidekick))).filter(Hero.id.eq(2));
        assert_eq!(session.exec(most).one().await.unwrap(), pick(Sidekick, Lead, Sidekick));
    }

    async fn statements_write_them() {
        let (_db, mut session) = heroes().await;
        session.exec(update(Hero).set(Hero.rank, Sidekick).filter(Hero.rank.eq(Lead))).run().await.unwrap();
        session.exec(update(Hero).set(Hero.wished, Hero.rank).filter(Hero.id.eq(2))).run().await.unwrap();
        session.exec(insert(Hero).values([Hero::new(Lead, [Lead]), Hero::new(Rookie, vec![])])).run().await.unwrap();
        let copy = insert(Hero)
            .columns((Hero.rank, Hero.past))
            .from_select(select((value(Lead), Hero.past)).filter(Hero.id.eq(5)));
        session.exec(copy).run().await.unwrap();
        let kept = insert(Hero)
            .values([Hero { id: Id::from(1), ..Hero::new(Lead, vec![]) }])
            .on_conflict(Hero.id)
            .do_update()
            .set(Hero.rank, Rookie)
            .set_excluded(Hero.past);
        session.exec(kept).run().await.unwrap();
        let case = case().when(Hero.rank.eq(Rookie), Lead).otherwise(Hero.rank);
        session.exec(update(Hero).set(Hero.rank, case).filter(Hero.id.eq(3))).run().await.unwrap();
        session.commit().await.unwrap();
        let rows = session.exec(select(Hero).order_by(Hero.id)).all().await.unwrap();
        let shown: Vec<_> = rows.iter().map(|row| (row.rank, row.wished, row.past.len())).collect();
        assert_eq!(shown[0], (Rookie, Some(Lead), 0));
        assert_eq!(shown[1], (Sidekick, Some(Sidekick), 2));
        assert_eq!(shown[2], (Lead, Some(Sidekick), 0));
        assert_eq!(shown[4..], [(Lead, None, 1), (Rookie, None, 0), (Lead, None, 1)]);
    }

    async fn a_name_that_the_program_does_not_know_is_an_error() {
        let (db, mut session) = heroes().await;
        session.rollback().await.unwrap();
        let names = "'Rookie', 'it''s \\\\ \"side\"', 'Lead', 'Retired'";
        for sql in pick(
            vec![],
            vec!["ALTER TYPE rank ADD VALUE 'Retired'".to_owned()],
            vec![format!("ALTER TABLE hero MODIFY COLUMN `rank` ENUM({names}) NOT NULL")],
        ) {
            db.execute(&sql);
        }
        db.execute(pick(
            "UPDATE hero SET rank = 'Retired' WHERE id = 4",
            "UPDATE hero SET rank = 'Retired' WHERE id = 4",
            "UPDATE hero SET `rank` = 'Retired' WHERE id = 4",
        ));
        let error = session.exec(select(Hero)).all().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert_eq!(
            error.to_string(),
            "column `hero.rank`: the text names no variant of `Rank`; add the variant, or correct what is stored"
        );
        let error = message(session.exec(select(Hero.rank).filter(Hero.id.eq(4))).one().await);
        assert!(error.contains("the text names no variant of `Rank`"), "{error}");
    }

    async fn many_rows_are_streamed() {
        let (_db, mut session) = heroes().await;
        let many = (0..3_000).map(|at| Hero::new([Rookie, Sidekick, Lead][at % 3], [Lead]));
        session.exec(insert(Hero).values(many)).run().await.unwrap();
        session.commit().await.unwrap();
        let mut stream = session.exec(select(Hero).filter(Hero.id.gt(4)).order_by(Hero.id)).stream();
        let mut count = 0;
        while let Some(hero) = stream.next().await.unwrap() {
            assert_eq!(hero.rank, [Rookie, Sidekick, Lead][count % 3]);
            count += 1;
        }
        assert_eq!(count, 3_000);
    }
}

#[model(table)]
struct Grade {
    #[field(primary_key)]
    rank: Rank,
    pay: i32,
    #[relationship(back_populates = grade)]
    members: Many<Member>,
}

#[model(table)]
struct Member {
    #[field(primary_key)]
    rank: Rank,
    #[field(primary_key)]
    number: i32,
    #[field(foreign_key = Grade.rank)]
    grade_rank: Option<Rank>,
    #[relationship(back_populates = members)]
    grade: One<Option<Grade>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, ColumnNewtype)]
#[column(key)]
struct Code(String);

#[model(table)]
struct Country {
    #[field(primary_key)]
    code: Code,
    #[field(foreign_key = Country.code)]
    former: Option<Code>,
    neighbours: Vec<Code>,
}

#[model(table)]
struct Isle {
    #[field(primary_key, key = Code)]
    id: Id<Isle>,
}

#[model(table)]
struct Port {
    #[field(primary_key, foreign_key = Isle.id)]
    isle_id: Id<Isle>,
    #[field(primary_key)]
    number: i32,
    #[field(foreign_key = Isle.id)]
    from_id: Option<Id<Isle>>,
}

cases! {
    async fn they_are_keys() {
        let db = support::engine(Metadata::of((Grade, Member))).await;
        let mut session = Session::new(&db.engine);
        let lead = session.add(Grade::new(Lead, 9));
        session.add(Grade::new(Rookie, 1).with_members([Member::new(Rookie, 2)]));
        session.add_all([Member::new(Lead, 1).with_grade(&lead), Member::new(Rookie, 1)]);
        session.commit().await.unwrap();
        let grades = select(Grade).order_by(Grade.pay).with(Grade.members);
        let grades = session.exec(grades).all().await.unwrap();
        assert_eq!(grades.iter().map(|grade| grade.rank).collect::<Vec<_>>(), [Rookie, Lead]);
        assert_eq!(grades[0].members.get().unwrap()[0].number, 2);
        let mut members = session.exec(select(Member).order_by(Member.number)).all().await.unwrap();
        session.load(&mut members, Member.grade).await.unwrap();
        let pays = members.iter().map(|m| m.grade.get().unwrap().map(|grade| grade.pay));
        assert_eq!(pays.flatten().sum::<i32>(), 10);
        let mut member = session.get(Member, (Rookie, 1)).await.unwrap().unwrap();
        member.grade_rank = Some(Lead);
        session.add(&mut member);
        session.commit().await.unwrap();
        assert_eq!(session.get(Grade, Lead).await.unwrap().unwrap().pay, 9);
        assert!(session.get(Grade, Sidekick).await.unwrap().is_none());
        let joined = select((Member.number, Grade.pay)).join(Member.grade).filter(Grade.rank.eq(Lead));
        assert_eq!(session.exec(joined).all().await.unwrap(), [(1, 9), (1, 9)]);
        let member = session.get(Member, (Rookie, 2)).await.unwrap().unwrap();
        session.delete(&member);
        session.commit().await.unwrap();
        assert!(session.get(Member, (Rookie, 2)).await.unwrap().is_none());
    }

    async fn newtypes_are_keys_and_elements() {
        let db = support::engine(Metadata::of(Country)).await;
        let mut session = Session::new(&db.engine);
        let code = |text: &str| Code(text.to_owned());
        session.add(Country::new(code("de"), [code("fr"), code("dk")]).with_former(code("dd")));
        session.add(Country::new(code("dd"), vec![]));
        session.commit().await.unwrap();
        let found = session.get(Country, code("de")).await.unwrap().unwrap();
        assert_eq!(found.neighbours, [code("fr"), code("dk")]);
        let near = select(Country.code).filter(Country.neighbours.has(code("fr")));
        assert_eq!(session.exec(near).one().await.unwrap(), code("de"));
    }

    async fn newtypes_are_given_for_ids() {
        let db = support::engine(Metadata::of((Isle, Port))).await;
        let mut session = Session::new(&db.engine);
        let code = |text: &str| Code(text.to_owned());
        session.add(Port::new(code("møn"), 3).with_from_id(code("als")));
        let isles = session.add_all(["møn", "als"].map(|name| Isle::new(code(name))));
        session.commit().await.unwrap();
        for port in [
            session.get(Port, (code("møn"), 3)).await.unwrap(),
            session.get(Port, (&isles[0], 3)).await.unwrap(),
            session.get(Port, (Id::from(code("møn")), 3)).await.unwrap(),
        ] {
            assert_eq!(port.unwrap().from_id.as_ref(), Some(&isles[1].id));
        }
        assert!(session.get(Port, (&isles[1].id, 3)).await.unwrap().is_none());
        assert!(session.get(Isle, code("als")).await.unwrap().is_some());
    }
}

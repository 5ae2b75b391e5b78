//! Random expressions as data.

use proptest::{collection::vec, option, prelude::*};

#[derive(Clone, Debug)]
pub(crate) enum Num {
    Number,
    Maybe,
    Other,
    Literal(i64),
    Add(Box<Num>, Box<Num>),
    Sub(Box<Num>, Box<Num>),
    /// What a product leaves, so that it stays small.
    Mul(Box<Num>, Box<Num>),
    Div(Box<Num>, Box<Num>),
    Rem(Box<Num>, Box<Num>),
    AddLiteral(Box<Num>, i64),
    Negative(Box<Num>),
    Abs(Box<Num>),
    Length(Box<Text>),
    Coalesce(Box<Num>, Box<Num>),
    NullIf(Box<Num>, i64),
    Greatest(Box<Num>, Box<Num>),
    Least(Box<Num>, Box<Num>),
    Case(Vec<(Cond, Num)>, Option<Box<Num>>),
    /// The number that the first letters say.
    Cast(Box<Text>),
}

#[derive(Clone, Debug)]
pub(crate) enum Text {
    Title,
    Note,
    Literal(String),
    Concat(Box<Text>, Box<Text>),
    Plus(Box<Text>, String),
    Lower(Box<Text>),
    Upper(Box<Text>),
    Trim(Box<Text>),
    LTrim(Box<Text>),
    RTrim(Box<Text>),
    Replace(Box<Text>, String, String),
    Substr(Box<Text>, u32, u32),
    Coalesce(Box<Text>, Box<Text>),
    Case(Box<Cond>, Box<Text>, Box<Text>),
    Cast(Box<Num>),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Same,
    Differs,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Match {
    Contains,
    StartsWith,
    EndsWith,
    Like,
    NotLike,
    ILike,
}

#[derive(Clone, Debug)]
pub(crate) enum Cond {
    Good,
    Known,
    Never,
    Num(Op, Box<Num>, Box<Num>),
    Text(Op, Box<Text>, Box<Text>),
    Pair(Op, Box<(Num, Text)>, Box<(Num, Text)>),
    And(Box<Cond>, Box<Cond>),
    Or(Box<Cond>, Box<Cond>),
    Not(Box<Cond>),
    NumIsNull(Box<Num>),
    TextIsNotNull(Box<Text>),
    Unknown(Box<Cond>),
    /// Whether two conditions are both true or both false.
    Equal(Box<Cond>, Box<Cond>),
    Between(Box<Num>, Box<Num>, Box<Num>),
    In(Box<Num>, Vec<i64>),
    NotIn(Box<Num>, Vec<i64>),
    TextIn(Box<Text>, Vec<Text>),
    PairIn(Box<(Num, Text)>, Vec<(i64, String)>),
    Matches(Match, Box<Text>, String),
}

/// Short text of letters that mean something somewhere, so that it matches now and then.
pub(crate) fn word() -> impl Strategy<Value = String> {
    "[aAbBéÉ %_'\"\\\\/\\-?1ß]{0,4}"
}

type Expressions = (BoxedStrategy<Num>, BoxedStrategy<Text>, BoxedStrategy<Cond>);

/// Numbers, text and conditions that nest so deep.
pub(crate) fn expressions(depth: u32) -> Expressions {
    let mut all = leaves();
    for _ in 0..depth {
        all = (nums(&all), texts(&all), conds(&all));
    }
    all
}

fn leaves() -> Expressions {
    let num = prop_oneof![
        Just(Num::Number),
        Just(Num::Maybe),
        Just(Num::Other),
        (-9..=9_i64).prop_map(Num::Literal),
    ];
    let text = prop_oneof![Just(Text::Title), Just(Text::Note), word().prop_map(Text::Literal)];
    let cond = prop_oneof![4 => Just(Cond::Good), 4 => Just(Cond::Known), 1 => Just(Cond::Never)];
    (num.boxed(), text.boxed(), cond.boxed())
}

fn nums((num, text, cond): &Expressions) -> BoxedStrategy<Num> {
    let one = || num.clone().prop_map(Box::new);
    let two = || (one(), one());
    let words = text.clone().prop_map(Box::new);
    let case = (vec((cond.clone(), num.clone()), 1..3), option::of(one()));
    prop_oneof![
        4 => num.clone(),
        2 => two().prop_map(|(a, b)| Num::Add(a, b)),
        2 => two().prop_map(|(a, b)| Num::Sub(a, b)),
        2 => two().prop_map(|(a, b)| Num::Mul(a, b)),
        2 => two().prop_map(|(a, b)| Num::Div(a, b)),
        2 => two().prop_map(|(a, b)| Num::Rem(a, b)),
        1 => (one(), -9..=9_i64).prop_map(|(a, b)| Num::AddLiteral(a, b)),
        2 => one().prop_map(Num::Negative),
        1 => one().prop_map(Num::Abs),
        1 => words.clone().prop_map(Num::Length),
        2 => two().prop_map(|(a, b)| Num::Coalesce(a, b)),
        1 => (one(), -9..=9_i64).prop_map(|(a, b)| Num::NullIf(a, b)),
        1 => two().prop_map(|(a, b)| Num::Greatest(a, b)),
        1 => two().prop_map(|(a, b)| Num::Least(a, b)),
        2 => case.prop_map(|(arms, otherwise)| Num::Case(arms, otherwise)),
        1 => words.prop_map(Num::Cast),
    ]
    .boxed()
}

fn texts((num, text, cond): &Expressions) -> BoxedStrategy<Text> {
    let one = || text.clone().prop_map(Box::new);
    let two = || (one(), one());
    let case = (cond.clone().prop_map(Box::new), one(), one());
    prop_oneof![
        4 => text.clone(),
        3 => two().prop_map(|(a, b)| Text::Concat(a, b)),
        1 => (one(), word()).prop_map(|(a, b)| Text::Plus(a, b)),
        1 => one().prop_map(Text::Lower),
        1 => one().prop_map(Text::Upper),
        1 => one().prop_map(Text::Trim),
        1 => one().prop_map(Text::LTrim),
        1 => one().prop_map(Text::RTrim),
        1 => (one(), word(), word()).prop_map(|(a, b, c)| Text::Replace(a, b, c)),
        1 => (one(), 1..4_u32, 0..4_u32).prop_map(|(a, b, c)| Text::Substr(a, b, c)),
        2 => two().prop_map(|(a, b)| Text::Coalesce(a, b)),
        2 => case.prop_map(|(a, b, c)| Text::Case(a, b, c)),
        1 => num.clone().prop_map(|num| Text::Cast(Box::new(num))),
    ]
    .boxed()
}

fn conds((num, text, cond): &Expressions) -> BoxedStrategy<Cond> {
    let op = prop_oneof![
        Just(Op::Eq),
        Just(Op::Ne),
        Just(Op::Lt),
        Just(Op::Le),
        Just(Op::Gt),
        Just(Op::Ge),
        Just(Op::Same),
        Just(Op::Differs),
    ];
    let pair_op = prop_oneof![
        Just(Op::Eq),
        Just(Op::Ne),
        Just(Op::Lt),
        Just(Op::Le),
        Just(Op::Gt),
        Just(Op::Ge)
    ];
    let how = prop_oneof![
        Just(Match::Contains),
        Just(Match::StartsWith),
        Just(Match::EndsWith),
        Just(Match::Like),
        Just(Match::NotLike),
        Just(Match::ILike),
    ];
    let n = || num.clone().prop_map(Box::new);
    let t = || text.clone().prop_map(Box::new);
    let c = || cond.clone().prop_map(Box::new);
    let pair = || (num.clone(), text.clone()).prop_map(Box::new);
    let numbers = || vec(-5..=5_i64, 0..4);
    let pairs = vec((-5..=5_i64, word()), 0..4);
    prop_oneof![
        3 => cond.clone(),
        3 => (op.clone(), n(), n()).prop_map(|(op, a, b)| Cond::Num(op, a, b)),
        2 => (op, t(), t()).prop_map(|(op, a, b)| Cond::Text(op, a, b)),
        1 => (pair_op, pair(), pair()).prop_map(|(op, a, b)| Cond::Pair(op, a, b)),
        4 => (c(), c()).prop_map(|(a, b)| Cond::And(a, b)),
        4 => (c(), c()).prop_map(|(a, b)| Cond::Or(a, b)),
        4 => c().prop_map(Cond::Not),
        1 => n().prop_map(Cond::NumIsNull),
        1 => t().prop_map(Cond::TextIsNotNull),
        1 => c().prop_map(Cond::Unknown),
        1 => (c(), c()).prop_map(|(a, b)| Cond::Equal(a, b)),
        2 => (n(), n(), n()).prop_map(|(a, b, c)| Cond::Between(a, b, c)),
        1 => (n(), numbers()).prop_map(|(a, b)| Cond::In(a, b)),
        1 => (n(), numbers()).prop_map(|(a, b)| Cond::NotIn(a, b)),
        1 => (t(), vec(text.clone(), 0..3)).prop_map(|(a, b)| Cond::TextIn(a, b)),
        1 => (pair(), pairs).prop_map(|(a, b)| Cond::PairIn(a, b)),
        3 => (how, t(), word()).prop_map(|(how, a, b)| Cond::Matches(how, a, b)),
    ]
    .boxed()
}

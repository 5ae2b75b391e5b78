//! What it costs to build a statement and write it as text, without a database.

use criterion::{Criterion, criterion_group, criterion_main};
use relata::{Dialect, prelude::*, query::IntoQuery};
use std::hint::black_box;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    secret_name: String,
    age: Option<i32>,
    active: bool,
}

fn render<Q: IntoQuery>(statement: Q) -> usize {
    let rendered = statement.into_query().render(Dialect::Sqlite);
    rendered.map_or(0, |rendered| rendered.sql.len() + rendered.params.len())
}

fn statements(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("render");
    group.bench_function("by key", |bencher| {
        bencher.iter(|| render(select(Hero).filter(Hero.id.eq(black_box(7)))));
    });
    group.bench_function("three filters", |bencher| {
        bencher.iter(|| {
            let older = Hero.age.ge(black_box(35)) & Hero.age.lt(black_box(40));
            render(select(Hero).filter(older & Hero.name.ne(black_box("Deadpond"))))
        });
    });
    group.bench_function("three filters, ordered, cut", |bencher| {
        bencher.iter(|| {
            let older = Hero.age.ge(black_box(35)) & Hero.age.lt(black_box(40));
            let named = older & Hero.name.ne(black_box("Deadpond"));
            render(select(Hero).filter(named).order_by(Hero.name.desc()).offset(20).limit(10))
        });
    });
    group.finish();
}

criterion_group!(benches, statements);
criterion_main!(benches);

//! Opening, typing and searching at 100 MB: none of them may hold up the window.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use editor_core::{
    Buffer, Transaction, encoding,
    search::{Progress, Query, Search},
};

fn text() -> String {
    let lines = (0..2_500_000).map(|line| format!("    let value_{line} = call(a, b);\n"));
    lines.collect::<String>().chars().take(100_000_000).collect()
}

fn large(criterion: &mut Criterion) {
    let text = text();
    let buffer = Buffer::from_text(&text);
    let mut group = criterion.benchmark_group("100 MB");
    group.sample_size(10);
    group.bench_function("open", |bencher| bencher.iter(|| encoding::decode(black_box(text.as_bytes()))));
    group.bench_function("type a key", |bencher| {
        bencher.iter_batched(
            || (buffer.clone(), Transaction::replace(&buffer, 50_000_000..50_000_000, "x")),
            |(mut buffer, transaction)| buffer.apply(&transaction),
            BatchSize::LargeInput,
        );
    });
    let query = Query { pattern: "value_1234567".to_owned(), ..Query::default() };
    group.bench_function("one step of a search", |bencher| {
        bencher.iter_batched(
            || Search::new(&query, &buffer),
            |search| search.map(|mut search| search.step(1_000_000)),
            BatchSize::LargeInput,
        );
    });
    group.bench_function("a whole search", |bencher| {
        bencher.iter_batched(
            || Search::new(&query, &buffer),
            |search| search.map(|mut search| while search.step(1_000_000) == Progress::More {}),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, large);
criterion_main!(benches);

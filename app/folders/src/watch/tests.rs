//! What is reported about folders that others change: real folders, a real watch.

use std::fs;

use super::*;

/// A watch whose news can be waited for.
fn watching(limit: usize) -> (FolderWatch, Receiver<WatchNews>) {
    let (tell, news) = unbounded();
    let watch = FolderWatch::with_limit(limit, move |told| drop(tell.send(told))).unwrap();
    (watch, news)
}

fn next(news: &Receiver<WatchNews>) -> WatchNews {
    news.recv_timeout(Duration::from_secs(20)).expect("nothing was told")
}

/// Waits until something is told about names in this folder.
fn until(news: &Receiver<WatchNews>, folder: &Path) {
    while !matches!(next(news), WatchNews::Changed(names, _) if names.contains(folder)) {}
}

/// Waits until the folder is watched: what is asked for is done on another thread.
fn settle(news: &Receiver<WatchNews>, folder: &Path) {
    let end = Instant::now() + Duration::from_secs(20);
    while news.recv_timeout(Duration::from_millis(100)).is_err() {
        assert!(Instant::now() < end, "{} is never watched", folder.display());
        fs::write(folder.join("settle"), "").unwrap();
    }
    while news.recv_timeout(Duration::from_millis(300)).is_ok() {}
}

#[test]
fn what_comes_goes_and_is_written_is_told_by_folder_and_reading_is_not() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path().canonicalize().unwrap();
    let inner = root.join("inner");
    fs::create_dir(&inner).unwrap();
    fs::write(root.join("a"), "").unwrap();
    let (watch, news) = watching(10);
    watch.watch([root.clone()].into());
    settle(&news, &root);
    fs::read(root.join("a")).unwrap();
    fs::read_dir(&root).unwrap().for_each(drop);
    fs::write(inner.join("b"), "not watched").unwrap();
    assert!(news.recv_timeout(Duration::from_millis(300)).is_err());
    fs::write(root.join("a"), "new").unwrap();
    assert_eq!(next(&news), WatchNews::Changed([].into(), [root.clone()].into()));
    fs::rename(root.join("a"), root.join("b")).unwrap();
    until(&news, &root);
    watch.watch([inner.clone()].into());
    settle(&news, &inner);
    fs::write(root.join("c"), "").unwrap();
    assert!(news.recv_timeout(Duration::from_millis(300)).is_err(), "no longer");
    fs::remove_file(inner.join("b")).unwrap();
    until(&news, &inner);
}

#[test]
fn a_burst_is_told_a_few_times_at_most() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path().canonicalize().unwrap();
    let (watch, news) = watching(10);
    watch.watch([root.clone()].into());
    settle(&news, &root);
    let started = Instant::now();
    for number in 0..10_000 {
        fs::write(root.join(format!("{number}")), "").unwrap();
    }
    let took = u64::try_from(started.elapsed().as_millis()).unwrap();
    let mut told = 0;
    while news.recv_timeout(Duration::from_millis(500)).is_ok() {
        told += 1;
    }
    assert!(told >= 1 && told <= 2 + took / MAX_WAIT, "{told} times in {took} ms");
}

#[test]
fn a_folder_that_goes_is_told_and_watched_again_when_it_is_asked_for() {
    let root = tempfile::tempdir().unwrap();
    let inner = root.path().canonicalize().unwrap().join("inner");
    fs::create_dir(&inner).unwrap();
    let (watch, news) = watching(10);
    watch.watch([inner.clone()].into());
    settle(&news, &inner);
    fs::remove_dir_all(&inner).unwrap();
    until(&news, &inner);
    fs::create_dir(&inner).unwrap();
    watch.watch([inner.clone()].into());
    settle(&news, &inner);
    fs::write(inner.join("x"), "").unwrap();
    until(&news, &inner);
}

#[test]
fn the_same_folder_under_two_names_is_told_under_both() {
    let root = tempfile::tempdir().unwrap();
    let (real, link) = (root.path().join("real"), root.path().join("link"));
    fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let (watch, news) = watching(10);
    watch.watch([real.clone(), link.clone()].into());
    settle(&news, &real);
    fs::write(real.join("x"), "").unwrap();
    let told = next(&news);
    assert!(
        matches!(&told, WatchNews::Changed(names, _) if names.len() == 2 && names.contains(&link)),
        "{told:?}"
    );
}

#[test]
fn what_is_beyond_the_limit_is_counted_once_and_told_when_it_is_over() {
    let root = tempfile::tempdir().unwrap();
    let folders: BTreeSet<PathBuf> = (0..5).map(|number| root.path().join(format!("{number}"))).collect();
    folders.iter().for_each(|folder| fs::create_dir(folder).unwrap());
    let (watch, news) = watching(2);
    watch.watch(folders.clone());
    assert!(matches!(next(&news), WatchNews::Unwatched(3, why) if why.contains("at most 2")));
    watch.watch(folders.clone());
    assert!(news.recv_timeout(Duration::from_millis(300)).is_err(), "known already");
    watch.watch(folders.into_iter().take(2).collect());
    assert!(matches!(next(&news), WatchNews::Unwatched(0, _)));
}

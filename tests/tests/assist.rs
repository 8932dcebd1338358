//! The AI commands in the real window, by real keys, on a real model. Pictures go to `LOCALCODER_PICTURES` when that is set.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{fs, path::Path, time::Duration};

use tests::{
    TestModel,
    screen::{Editor, Home, Screen},
    script::Script,
};

const TWICE: &str =
    "def twice(x):\n    \"\"\"Twice x.\n\n    >>> twice(2)\n    4\n    \"\"\"\n    return x * 3\n";

/// A name that stands in four places with other lines between them.
const REPORT: &str = r#"def report(readings):
    """Print a summary."""
    print("A summary")

    if not readings:
        return

    smallest = min(readings)
    print("smallest:", smallest)

    mean = sum(readings) / 2
    print("mean:", mean)
"#;
/// Where the panel of an explanation has its button `Export` and its field, in a window of 1200 x 800 points.
const EXPORT: (u32, u32) = (1132, 17);
const FURTHER: (u32, u32) = (1010, 754);

/// Waits a little, then keeps a picture of the screen where the environment wants one.
fn look(screen: &Screen, name: &str, wait_ms: u64) {
    std::thread::sleep(Duration::from_millis(wait_ms));
    if let Some(folder) = std::env::var_os("LOCALCODER_PICTURES") {
        screen.picture(&Path::new(&folder).join(format!("{name}.png"))).unwrap();
    }
}

/// Presses keys and saves, again and again, until the file is as wanted.
fn until(window: &mut Editor<'_>, file: &Path, what: &str, keys: &[&str], wanted: impl Fn(&str) -> bool) {
    window
        .wait(what, |window| {
            window.press(keys)?;
            std::thread::sleep(Duration::from_millis(400));
            window.press(&["ctrl+s"])?;
            std::thread::sleep(Duration::from_millis(300));
            Ok(wanted(&fs::read_to_string(file)?))
        })
        .unwrap();
}

#[test]
fn a_quick_choice_mends_a_function_and_one_undo_brings_it_back() {
    let screen = Screen::start(1200, 800).unwrap();
    let home = Home::new().unwrap();
    home.install(&TestModel::OneAndHalf.path()).unwrap();
    let file = home.path().join("twice.py");
    fs::write(&file, TWICE).unwrap();
    let mut window = Editor::open(&screen, &home, std::slice::from_ref(&file), &[]).unwrap();
    look(&screen, "1-open", 1500);
    window.press(&["ctrl+i"]).unwrap();
    look(&screen, "2-instruction", 600);
    window.press(&["ctrl+1"]).unwrap();
    look(&screen, "3-asked", 3000);
    look(&screen, "4-review", 30_000);
    until(&mut window, &file, "the mended function", &["ctrl+shift+Return"], |text| text != TWICE);
    let mended = fs::read_to_string(&file).unwrap();
    assert!(mended.starts_with("def twice(x):\n    \"\"\"Twice x.\n") && !mended.contains("```"), "{mended}");
    look(&screen, "5-accepted", 300);
    until(&mut window, &file, "the undo", &["ctrl+z"], |text| text == TWICE);
}

/// The suggestion is known to the letter, so that nothing that was typed can pass for it.
#[test]
fn a_completion_is_taken_word_by_word() {
    const AREA: &str = "def area(width, height):\n    return width * height\n\n\ndef volume(width, height, depth):\n    return ";
    let (screen, home) = (Screen::start(1200, 800).unwrap(), Home::new().unwrap());
    home.install(&TestModel::Starter.path()).unwrap();
    let file = home.path().join("area.py");
    fs::write(&file, AREA).unwrap();
    let script =
        Script::write(home.path(), &["Of an area."], &[("return width", " * height * depth")]).unwrap();
    let mut window = Editor::open(&screen, &home, std::slice::from_ref(&file), &script.env()).unwrap();
    shown(&mut window, &file);
    // An explanation brings the model into memory, as any request does.
    window.press(&["ctrl+shift+i"]).unwrap();
    window.wait("an explanation", |_| Ok(!script.asked().is_empty())).unwrap();
    window.press(&["ctrl+End"]).unwrap();
    window.type_text("width").unwrap();
    let typed = format!("{AREA}width");
    let mut taken = String::new();
    window
        .wait("a taken word", |window| {
            // The last letter again: whatever was suggested before is asked for anew, and a key that came too early does no harm.
            let given = script.completed();
            window.press(&["BackSpace"])?;
            window.type_text("h")?;
            window.wait("a suggestion", |_| Ok(script.completed() > given))?;
            assert_eq!(window.save(&file)?, typed, "a suggestion alone changes nothing");
            window.press(&["ctrl+Right"])?;
            taken = window.save(&file)?;
            Ok(taken != typed)
        })
        .unwrap();
    assert_eq!(taken, format!("{typed} *"), "one word, and no more");
    look(&screen, "8-word", 0);
    window.press(&["ctrl+Right"]).unwrap();
    assert_eq!(window.save(&file).unwrap(), format!("{typed} * height"), "and the next one");
    window.press(&["Tab"]).unwrap();
    assert_eq!(window.save(&file).unwrap(), format!("{typed} * height * depth"), "all of the rest");
    look(&screen, "9-taken", 0);
    window.press(&["ctrl+q"]).unwrap();
    window.ended().unwrap();
}

/// Waits until the window shows the file and has the keyboard: it writes it then.
fn shown(window: &mut Editor<'_>, file: &Path) {
    let written = || fs::metadata(file).unwrap().modified().unwrap();
    let before = written();
    let saves = |window: &mut Editor<'_>| {
        window.press(&["ctrl+s"])?;
        std::thread::sleep(Duration::from_millis(400));
        Ok(written() != before)
    };
    window.wait("the open file", saves).unwrap();
}

#[test]
fn hunks_are_decided_one_by_one_and_undone_and_redone_as_they_were_saved() {
    let screen = Screen::start(1200, 800).unwrap();
    let home = Home::new().unwrap();
    home.install(&TestModel::OneAndHalf.path()).unwrap();
    let file = home.path().join("report.py");
    fs::write(&file, REPORT).unwrap();
    let mut window = Editor::open(&screen, &home, std::slice::from_ref(&file), &[]).unwrap();
    shown(&mut window, &file);
    window.press(&["ctrl+Home", "ctrl+i"]).unwrap();
    window.type_text("Rename readings to samples.").unwrap();
    window.press(&["Return"]).unwrap();
    let first = |window: &mut Editor<'_>| {
        window.press(&["ctrl+Return"])?;
        Ok(window.save(&file)? != REPORT)
    };
    window.wait_for_answer("an accepted hunk", first).unwrap();
    let one = REPORT.replace("report(readings)", "report(samples)");
    assert_eq!(fs::read_to_string(&file).unwrap(), one, "one hunk, and no more");
    look(&screen, "review-one-accepted", 0);

    window.press(&["ctrl+BackSpace"]).unwrap();
    assert_eq!(window.save(&file).unwrap(), one, "a rejected hunk changes nothing");
    look(&screen, "review-one-rejected", 0);
    window.press(&["ctrl+shift+Return"]).unwrap();
    let mended = window.save(&file).unwrap();
    let expected = one.replace("min(readings)", "min(samples)").replace("sum(readings)", "sum(samples)");
    assert_eq!(mended, expected, "all but the rejected one");

    // A review is one undo step, also when the file was saved in its midst.
    for (key, wanted) in [("ctrl+z", REPORT), ("ctrl+shift+z", mended.as_str())] {
        window.press(&[key]).unwrap();
        assert_eq!(window.save(&file).unwrap(), wanted, "{key}");
    }
    let counted = home.session().with_file_name("statistics.jsonl");
    window
        .wait("a count of it", |_| Ok(fs::read_to_string(&counted).is_ok_and(|all| all.contains("in-part"))))
        .unwrap();
    window.press(&["ctrl+q"]).unwrap();
    window.ended().unwrap();
}

/// Waits until an answer is complete: the worker has computed, and rests.
fn answered(window: &mut Editor<'_>, what: &str) {
    // Ticks of the clock of processes, a hundred in a second.
    const WORKS: u64 = 20;
    const RESTS: u64 = 5;
    let begun = computed(window);
    window
        .wait_for_answer(what, |window| {
            let before = computed(window);
            std::thread::sleep(Duration::from_secs(1));
            let now = computed(window);
            Ok(now >= begun + WORKS && now <= before + RESTS)
        })
        .unwrap();
}

/// How long workers have computed.
fn computed(window: &Editor<'_>) -> u64 {
    let of_worker = |pid: u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let behind_name = stat.rsplit(')').next().unwrap_or_default().to_owned();
        let times = behind_name.split_whitespace().skip(11).take(2);
        times.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>()
    };
    window.workers().into_iter().map(of_worker).sum()
}

#[test]
fn an_explanation_answers_a_further_question_and_is_kept_as_a_file() {
    const QUESTION: &str = "Explain each of the last five lines in its own paragraph.";
    let screen = Screen::start(1200, 800).unwrap();
    let home = Home::new().unwrap();
    home.install(&TestModel::Half.path()).unwrap();
    let file = home.path().join("report.py");
    fs::write(&file, REPORT).unwrap();
    let mut window = Editor::open(&screen, &home, std::slice::from_ref(&file), &[]).unwrap();
    shown(&mut window, &file);
    window.press(&["ctrl+Home", "ctrl+shift+i"]).unwrap();
    answered(&mut window, "an explanation");
    look(&screen, "explained", 0);

    window.click(FURTHER.0, FURTHER.1).unwrap();
    window.type_text(QUESTION).unwrap();
    window.press(&["Return"]).unwrap();
    answered(&mut window, "an answer to the question");
    look(&screen, "explained-further", 0);

    window.click(EXPORT.0, EXPORT.1).unwrap();
    let kept = home.path().join("kept.md");
    window.press(&["ctrl+s", "ctrl+a"]).unwrap();
    window.type_text(&format!("{}\n", kept.display())).unwrap();
    window.wait("a file with the conversation", |_| Ok(kept.is_file())).unwrap();
    let text = fs::read_to_string(&kept).unwrap();
    let parts: Vec<&str> = text.split(&format!("**{QUESTION}**")).map(str::trim).collect();
    let [explained, answer] = parts[..] else { panic!("{text}") };
    assert!(explained.starts_with("# report.py, lines 1 to 12\n\n") && explained.len() > 80, "{text}");
    assert!(answer.len() > 20 && !answer.contains("<|"), "{text}");
    assert_eq!(fs::read_to_string(&file).unwrap(), REPORT, "an explanation changes nothing");
    window.press(&["ctrl+q"]).unwrap();
    window.ended().unwrap();
}

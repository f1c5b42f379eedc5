//! Properties whose failing sequences are kept as files.

use std::fmt;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portres_model::World;
use proptest::prelude::Strategy;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

use super::case::Case;
use super::play::Sequence;
use super::script::{Line, Script};
use super::verdict::{Verdict, told};
use crate::builder::Builder;
use crate::host::Host;

/// Runs properties. What breaks one is shrunk and kept: a script in a directory, which is tried first from then on.
#[derive(Clone)]
#[must_use = "`check` runs a property"]
pub struct Kept {
    directory: PathBuf,
    cases: Option<u32>,
    seed: Option<u64>,
    machine: Arc<dyn Fn(Builder) -> Builder>,
}

/// A property does not hold.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The file with the calls that break it.
    pub file: PathBuf,
    /// Whether the file was kept before this run.
    pub kept: bool,
    /// What the property says.
    pub says: String,
    /// The calls; those of the code under test, if it makes any, are not among them.
    pub script: Script,
}

impl Kept {
    /// The scripts stand in this directory, `NAME-….script` for the property of a name. It is made when there is one to keep.
    pub fn in_directory(directory: impl AsRef<Path>) -> Kept {
        Kept {
            directory: directory.as_ref().to_path_buf(),
            cases: None,
            seed: None,
            machine: Arc::new(|builder| builder),
        }
    }

    /// So many cases are drawn; otherwise as many as `proptest` says, which `PROPTEST_CASES` sets.
    pub fn cases(mut self, cases: u32) -> Kept {
        self.cases = Some(cases);
        self
    }

    /// The cases are those of this seed; otherwise other ones each time, unless `PROPTEST_RNG_SEED` says which.
    pub fn seed(mut self, seed: u64) -> Kept {
        self.seed = Some(seed);
        self
    }

    /// What else is said of each machine: its policy, its profile, its trouble.
    pub fn on(mut self, machine: impl Fn(Builder) -> Builder + 'static) -> Kept {
        self.machine = Arc::new(machine);
        self
    }

    /// Checks a property: first with what broke it before, then with cases that are drawn. It is given a fresh host and a
    /// sequence to play on it.
    ///
    /// # Panics
    /// If it does not hold.
    #[track_caller]
    pub fn check<T: Verdict>(
        &self,
        name: &str,
        cases: impl Strategy<Value = Case>,
        property: impl Fn(&Host, &Sequence<'_>) -> T,
    ) {
        if let Err(broken) = self.try_check(name, cases, property) {
            panic!("{name}: {broken}");
        }
    }

    /// Does not panic.
    ///
    /// # Errors
    /// If it does not hold.
    ///
    /// # Panics
    /// If a kept file cannot be read, or none can be written.
    pub fn try_check<T: Verdict>(
        &self,
        name: &str,
        cases: impl Strategy<Value = Case>,
        property: impl Fn(&Host, &Sequence<'_>) -> T,
    ) -> Result<(), Box<Broken>> {
        let run = |world: World, sequence: &Sequence<'_>| {
            let host = (self.machine)(Host::builder().world(world)).build();
            told(|| property(&host, sequence))
        };
        for (file, script) in self.files(name) {
            let broken = run(script.world.clone(), &Sequence::of_script(&script));
            broken.map_err(|says| Box::new(Broken { file, kept: true, says, script }))?;
        }
        let config = Config { failure_persistence: None, ..Config::default() };
        let config = Config {
            cases: self.cases.unwrap_or(config.cases),
            rng_seed: self.seed.map_or(config.rng_seed, RngSeed::Fixed),
            ..config
        };
        let outcome = TestRunner::new(config).run(&cases, |case| {
            run(world(&case), &Sequence::of_case(&case)).map_err(TestCaseError::fail)
        });
        let case = match outcome {
            Ok(()) => return Ok(()),
            Err(TestError::Fail(_, case)) => case,
            Err(TestError::Abort(why)) => panic!("{name}: {why}"),
        };
        let sequence = Sequence::of_case(&case);
        let says = run(world(&case), &sequence).err();
        let says = says.unwrap_or_else(|| "it failed once, and not when it was tried again".into());
        let script = Script { world: world(&case), lines: sequence.calls() };
        let breaks = |script: &Script| {
            let sequence = Sequence::of_script(script);
            let says = run(script.world.clone(), &sequence).err()?;
            Some((says, sequence.calls()))
        };
        let (says, script) = less(says, script, breaks);
        let file = self.keep(name, &says, &script);
        Err(Box::new(Broken { file, kept: false, says, script }))
    }

    /// The scripts of a property, in the order of their names.
    fn files(&self, name: &str) -> Vec<(PathBuf, Script)> {
        let Ok(entries) = fs::read_dir(&self.directory) else { return Vec::new() };
        let hers = |path: &PathBuf| {
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let rest = file.strip_prefix(name).and_then(|rest| rest.strip_suffix(".script"));
            rest.is_some_and(|rest| rest.strip_prefix('-').is_some_and(|r| !r.contains('-')))
        };
        let mut paths: Vec<PathBuf> =
            entries.filter_map(|entry| Some(entry.ok()?.path())).filter(hers).collect();
        paths.sort();
        let read = |path: PathBuf| {
            let text = fs::read_to_string(&path).map_err(|e| e.to_string());
            let script = text.and_then(|text| Script::read(&text).map_err(|e| e.to_string()));
            let script = script.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            (path, script)
        };
        paths.into_iter().map(read).collect()
    }

    fn keep(&self, name: &str, says: &str, script: &Script) -> PathBuf {
        let text = script.to_string();
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let file = self.directory.join(format!("{name}-{:08x}.script", hasher.finish() as u32));
        let why: Vec<String> = says.lines().map(|line| format!("# {line}\n")).collect();
        let written = fs::create_dir_all(&self.directory)
            .and_then(|()| fs::write(&file, format!("{}{text}", why.concat())));
        written.unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        file
    }
}

/// Takes away what is not needed to break a property: calls, one by one, and with each those that use what it created; then
/// what is special about the machine.
///
/// `proptest` takes intents away, and one of these finds something else when what it was about is gone; a call names it.
fn less(
    mut says: String,
    mut script: Script,
    breaks: impl Fn(&Script) -> Option<(String, Vec<Line>)>,
) -> (String, Script) {
    let mut try_less = |script: &mut Script, less: Script| {
        if let Some((said, lines)) = breaks(&less) {
            says = said;
            *script = Script { lines, ..less };
        }
    };
    // what a call needs can be taken away only after it, so once more as long as that helps
    let mut before = usize::MAX;
    while script.lines.len() < before {
        before = script.lines.len();
        for place in (0..before).rev() {
            let mut fewer = script.clone();
            // one call may have taken others with it
            if place < fewer.lines.len() {
                fewer.lines.remove(place);
                try_less(&mut script, fewer);
            }
        }
    }
    let usual = Script { world: World::default(), ..script.clone() };
    try_less(&mut script, usual);
    for exclusion in script.world.exclusions().to_vec() {
        let mut fewer = script.clone();
        fewer.world.retain_exclusions(|other| *other != exclusion);
        try_less(&mut script, fewer);
    }
    (says, script)
}

fn world(case: &Case) -> World {
    case.setup.builder().build().look(Clone::clone)
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Broken { file, kept, says, script } = self;
        let what = if *kept { "what broke it before breaks it still" } else { "kept" };
        writeln!(f, "{says}\n{what}: {}", file.display())?;
        write!(f, "{script}")
    }
}

impl std::error::Error for Broken {}

//! One run of one scenario by one peer: everything that has to be there before, the measurement, and the tidying.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::docker::Docker;
use super::images::{Image, Images, Kind};
use super::link::{Link, Shape, Traffic};
use super::measure::Cost;
use super::peers::{Desk, Origin, Peer, Programs, Task};
use super::registry::{Certificate, Registry};
use super::scenarios::{Scenario, Step};

/// What one run cost.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Time and memory.
    pub cost: Cost,
    /// Requests that the registry answered.
    pub requests: usize,
    /// What went over the link, when there was one.
    pub traffic: Option<Traffic>,
}

/// Everything that is made once and used in many runs.
pub struct Stage {
    work: PathBuf,
    programs: Programs,
    images: Images,
    certificate: OnceCell<Result<Certificate, String>>,
    /// The daemon that pushes have their images in.
    pusher: OnceCell<Result<Docker, String>>,
    /// The daemon that pulls begin with, which has nothing.
    puller: OnceCell<Result<Docker, String>>,
    loaded: HashMap<Kind, Result<String, String>>,
    /// The registry that pulls of this image go to, with or without TLS.
    filled: Option<(Kind, bool, Rc<RefCell<Registry>>)>,
}

type Outcome<T> = Result<T, String>;

impl Stage {
    /// Everything goes below `work`.
    pub fn new(work: &Path, programs: Programs, images: Images) -> Self {
        Self {
            work: work.to_owned(),
            programs,
            images,
            certificate: OnceCell::new(),
            pusher: OnceCell::new(),
            puller: OnceCell::new(),
            loaded: HashMap::new(),
            filled: None,
        }
    }

    /// Runs it once. Over a [`Shape::DIRECT`] link there is nothing between the two, unless the bytes are to be counted.
    pub fn run(&mut self, scenario: &Scenario, shape: Shape, counts: bool, peer: Peer) -> Outcome<Sample> {
        let image = self.images.get(scenario.image)?;
        if scenario.step == Step::OneLayer {
            self.images.get(Kind::App)?;
        }
        let name = self.prepare_docker(scenario, peer)?;
        let home = tempfile::Builder::new().prefix("home-").tempdir_in(&self.work).map_err(words)?;
        let registry = match scenario.step {
            Step::Pull | Step::PullAgain => self.filled(scenario, &image)?,
            _ => Rc::new(Registry::start(&self.work, self.certificate(scenario)?)?.into()),
        };
        let port = registry.borrow().port();
        let link = (shape != Shape::DIRECT || counts).then(|| Link::to(port)).transpose().map_err(words)?;
        let desk = Desk {
            home: home.path(),
            port: link.as_ref().map_or(port, Link::port),
            image: &image,
            certificate: self.certificate(scenario)?,
            docker: self.docker(scenario).zip(name.as_deref()),
        };
        let run = Run { programs: &self.programs, peer, desk, registry: &registry, link: link.as_ref(), shape };
        let outcome = self.play(scenario, &run);
        run.tidy(scenario.step);
        outcome
    }

    /// What comes before the measurement, and the measurement.
    fn play(&self, scenario: &Scenario, run: &Run<'_>) -> Outcome<Sample> {
        // Docker has no layouts, and curl no archives: each pushes from where it can.
        let layout = Task::Push(Origin::Layout, "v1");
        match scenario.step {
            Step::Push(origin) => run.measure(Task::Push(origin, "v1")),
            Step::Second => {
                let first = Registry::start(&self.work, None)?;
                run.elsewhere(first.port()).before(Task::Push(Origin::Archive, "v1"))?;
                run.measure(Task::Push(Origin::Archive, "v1"))
            }
            Step::Again => run.before(layout).and_then(|()| run.measure(layout)),
            Step::NewTag => run.before(layout).and_then(|()| run.measure(Task::Push(Origin::Layout, "v2"))),
            Step::Retag => run.before_by(Peer::Curl, layout).and_then(|()| run.measure(Task::Retag("v1", "v2"))),
            Step::OneLayer => self.one_layer(run),
            Step::Pull => run.measure(Task::Pull("v1")),
            Step::PullAgain => run.before(Task::Pull("v1")).and_then(|()| run.measure(Task::Pull("v1"))),
        }
    }

    fn one_layer(&self, run: &Run<'_>) -> Outcome<Sample> {
        let image = self.images.made(Kind::App).ok_or("the image before is missing")?;
        let name = self.loaded.get(&Kind::App).and_then(|name| name.as_deref().ok());
        let docker = run.desk.docker.map(|(docker, _)| docker).zip(name);
        let before = Run { desk: Desk { image: &image, docker, ..run.desk }, ..*run };
        before.before(Task::Push(Origin::Layout, "v1"))?;
        run.measure(Task::Push(Origin::Layout, "v2"))
    }

    fn certificate(&self, scenario: &Scenario) -> Outcome<Option<&Certificate>> {
        if !scenario.tls {
            return Ok(None);
        }
        let made = self.certificate.get_or_init(|| Certificate::make(&self.work.join("certificate")));
        made.as_ref().map(Some).map_err(Clone::clone)
    }

    /// The daemon of a scenario, if it has been started.
    fn docker(&self, scenario: &Scenario) -> Option<&Docker> {
        let cell = if is_pull(scenario.step) { &self.puller } else { &self.pusher };
        cell.get().and_then(|started| started.as_ref().ok())
    }

    /// Starts the daemon that is needed, if one is, and loads the images that have to be in it. Says what the image is
    /// called there.
    fn prepare_docker(&mut self, scenario: &Scenario, peer: Peer) -> Outcome<Option<String>> {
        if peer != Peer::Docker && scenario.step != Step::Push(Origin::Daemon) {
            return Ok(None);
        }
        if is_pull(scenario.step) {
            let started = self.puller.get_or_init(|| Docker::start(&self.work.join("puller")));
            return started.as_ref().map(|_| Some(String::new())).map_err(Clone::clone);
        }
        if scenario.step == Step::OneLayer {
            self.load(Kind::App)?;
        }
        self.load(scenario.image).map(Some)
    }

    fn load(&mut self, kind: Kind) -> Outcome<String> {
        let image = self.images.get(kind)?;
        let started = self.pusher.get_or_init(|| Docker::start(&self.work.join("pusher")));
        let docker = started.as_ref().map_err(Clone::clone)?;
        let archive = image.archive.as_ref().ok_or("the image is no archive")?;
        let load = || {
            let loaded = docker.load(archive)?;
            // Another image may have the same name.
            let name = format!("peers/{}:v1", format!("{kind:?}").to_lowercase());
            docker.call(&self.work).word("tag").word(loaded).word(&name).run(&self.work.join("talk"))?;
            Ok(name)
        };
        self.loaded.entry(kind).or_insert_with(load).clone()
    }

    /// The registry for pulls of an image, filled when it is first asked for. Nothing changes in it any more.
    fn filled(&mut self, scenario: &Scenario, image: &Image) -> Outcome<Rc<RefCell<Registry>>> {
        if let Some((kind, tls, registry)) = &self.filled
            && (*kind, *tls) == (scenario.image, scenario.tls)
        {
            return Ok(registry.clone());
        }
        self.filled = None;
        let registry = Rc::new(Registry::start(&self.work, self.certificate(scenario)?)?.into());
        let home = tempfile::tempdir_in(&self.work).map_err(words)?;
        let desk = Desk {
            home: home.path(),
            port: RefCell::<Registry>::borrow(&registry).port(),
            image,
            certificate: self.certificate(scenario)?,
            docker: None,
        };
        let programs = &self.programs;
        let run = Run { programs, peer: Peer::Rpush, desk, registry: &registry, link: None, shape: Shape::DIRECT };
        run.before(Task::Push(Origin::Layout, "v1"))?;
        self.filled = Some((scenario.image, scenario.tls, registry.clone()));
        Ok(registry)
    }
}

fn is_pull(step: Step) -> bool {
    matches!(step, Step::Pull | Step::PullAgain)
}

fn words(error: std::io::Error) -> String {
    error.to_string()
}

/// One peer at one desk.
#[derive(Clone, Copy)]
struct Run<'a> {
    programs: &'a Programs,
    peer: Peer,
    desk: Desk<'a>,
    registry: &'a RefCell<Registry>,
    link: Option<&'a Link>,
    shape: Shape,
}

impl<'a> Run<'a> {
    /// The same desk before another registry.
    fn elsewhere(&self, port: u16) -> Run<'a> {
        Run { desk: Desk { port, ..self.desk }, ..*self }
    }

    fn name(&self, tag: &str) -> String {
        format!("127.0.0.1:{}/app:{tag}", self.desk.port)
    }

    /// Gives Docker's image the name that it will be pushed under.
    fn name_in_docker(&self, task: Task<'_>) -> Outcome<()> {
        if let (Peer::Docker, Some((docker, name)), Task::Push(_, tag)) = (self.peer, self.desk.docker, task) {
            let call = docker.call(self.desk.home).word("tag").word(name).word(self.name(tag));
            call.run(&self.desk.home.join("talk"))?;
        }
        Ok(())
    }

    /// Does something that is not measured.
    fn before(&self, task: Task<'_>) -> Outcome<()> {
        self.name_in_docker(task)?;
        self.before_by(self.peer, task)
    }

    fn before_by(&self, peer: Peer, task: Task<'_>) -> Outcome<()> {
        self.programs.call(peer, task, &self.desk)?.run(&self.desk.home.join("talk")).map(drop)
    }

    /// Does something and measures it.
    fn measure(&self, task: Task<'_>) -> Outcome<Sample> {
        self.name_in_docker(task)?;
        let call = self.programs.call(self.peer, task, &self.desk)?;
        self.registry.borrow_mut().count_from_here();
        let before = self.link.map(|link| {
            link.becomes(self.shape);
            link.traffic()
        });
        // Whoever asks the daemon for an image lets it work, and that is counted for everybody.
        let daemon = self.desk.docker.map(|(docker, _)| docker);
        let used = daemon.map(|docker| {
            docker.forget_peak();
            docker.cpu()
        });
        let mut cost = call.run(&self.desk.home.join("talk"))?;
        if let (Some(docker), Some(used)) = (daemon, used) {
            cost.cpu += docker.cpu() - used;
            if self.peer == Peer::Docker {
                cost.memory = docker.peak();
            }
        }
        let traffic = self.link.zip(before).map(|(link, before)| {
            let after = link.traffic();
            Traffic {
                connections: after.connections - before.connections,
                up: after.up - before.up,
                down: after.down - before.down,
            }
        });
        Ok(Sample { cost, requests: self.registry.borrow().requests(), traffic })
    }

    /// Takes Docker's names away again, and what was pulled with them.
    fn tidy(&self, step: Step) {
        if let (Peer::Docker, Some((docker, _))) = (self.peer, self.desk.docker) {
            let tags: &[&str] = if is_pull(step) { &["v1"] } else { &["v1", "v2"] };
            for tag in tags {
                let call = docker.call(self.desk.home).words("rmi -f").word(self.name(tag));
                // One that was never there cannot go.
                let _ = call.run(&self.desk.home.join("talk"));
            }
        }
    }
}

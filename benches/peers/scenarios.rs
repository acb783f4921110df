//! What is measured: each scenario, over which links, and with whom.

use super::images::{Kind, Scale};
use super::link::Shape;
use super::peers::{Origin, Peer};

/// What a scenario does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// A push to a registry that has nothing.
    Push(Origin),
    /// The same archive to a second registry that has nothing.
    Second,
    /// The same push again.
    Again,
    /// The same image under another tag, pushed.
    NewTag,
    /// The same image under another tag, where it is.
    Retag,
    /// An image of which the registry has all layers but one.
    OneLayer,
    /// A pull to where nothing is.
    Pull,
    /// The same pull again.
    PullAgain,
}

/// A scenario over some links.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// What `--only` looks for, and the report.
    pub id: &'static str,
    /// The title of its table.
    pub title: &'static str,
    /// What is done.
    pub step: Step,
    /// With what.
    pub image: Kind,
    /// Over which links.
    pub links: Vec<Shape>,
    /// By whom, in turn.
    pub peers: &'static [Peer],
    /// Whether the registry speaks TLS.
    pub tls: bool,
    /// At most so many runs, where one takes minutes.
    pub most_runs: usize,
}

/// The link of whoever has 50 Mbit/s for each connection.
pub const NARROW: Shape = Shape::narrow(50);
/// All distances.
const ALL: [Shape; 4] = [Shape::DIRECT, Shape::of(20), Shape::of(100), NARROW];
/// Where hardly any bytes move.
const DISTANCES: [Shape; 3] = [Shape::DIRECT, Shape::of(20), Shape::of(100)];
const FAR: [Shape; 1] = [Shape::of(100)];
const HERE: [Shape; 1] = [Shape::DIRECT];

/// Docker cannot have an image that is made of layers it would have to unpack for minutes, or of more than 127.
const DAEMONLESS: [Peer; 3] = [Peer::Rpush, Peer::Skopeo, Peer::Curl];
const IMAGES_ALONE: [Peer; 3] = [Peer::Rpush, Peer::Skopeo, Peer::Docker];
/// Where docker would take as long as skopeo, for minutes, because it has one connection a layer too.
const ONE_CONNECTION: [Peer; 2] = [Peer::Rpush, Peer::Skopeo];
/// Skopeo sends its thousand requests one after the other, over a connection each: four minutes a run at 100 ms.
const QUICKEST: [Peer; 2] = [Peer::Rpush, Peer::Curl];

fn scenario(id: &'static str, title: &'static str, step: Step, image: Kind, links: &[Shape]) -> Scenario {
    Scenario { id, title, step, image, links: links.to_vec(), peers: &Peer::ALL, tls: false, most_runs: usize::MAX }
}

impl Scenario {
    fn by(mut self, peers: &'static [Peer]) -> Self {
        self.peers = peers;
        self
    }

    fn once(mut self) -> Self {
        self.most_runs = 1;
        self
    }

    fn with_tls(mut self) -> Self {
        self.tls = true;
        self
    }
}

/// All of them; those of a real image only where there is one.
pub fn all(scale: Scale, with_real: bool) -> Vec<Scenario> {
    let mut all = pushes();
    all.extend(of_layers());
    all.extend(pulls());
    if with_real {
        all.extend(of_a_real_image());
    }
    if scale == Scale::Quick {
        for scenario in &mut all {
            // What is near and what is far is enough to see whether everything works.
            let few = [Shape::DIRECT, Shape::of(100)];
            let alone = scenario.links.len() == 1;
            scenario.links.retain(|link| alone || few.contains(link));
        }
    }
    all
}

fn pushes() -> Vec<Scenario> {
    use Origin::{Archive, Daemon, Layout};
    vec![
        scenario(
            "push-layout",
            "Cold push from a layout: ten layers, compressed already",
            Step::Push(Layout),
            Kind::App,
            &ALL,
        ),
        scenario(
            "push-archive",
            "Cold push of a `docker save` archive: ten layers to compress",
            Step::Push(Archive),
            Kind::App,
            &ALL,
        )
        .by(&IMAGES_ALONE),
        scenario("push-daemon", "Cold push from the Docker daemon", Step::Push(Daemon), Kind::App, &HERE)
            .by(&IMAGES_ALONE),
        scenario("push-second", "The same archive to a second registry", Step::Second, Kind::App, &HERE)
            .by(&IMAGES_ALONE),
        scenario("push-again", "Unchanged push again", Step::Again, Kind::App, &DISTANCES).by(&IMAGES_ALONE),
        scenario("push-new-tag", "Push under a new tag", Step::NewTag, Kind::App, &DISTANCES).by(&IMAGES_ALONE),
        scenario("retag", "A new tag on the registry", Step::Retag, Kind::App, &DISTANCES).by(&DAEMONLESS),
        scenario("push-one-layer", "Push with one layer of ten changed", Step::OneLayer, Kind::Changed, &ALL)
            .by(&IMAGES_ALONE),
        scenario("push-tls", "Cold push from a layout, with TLS", Step::Push(Layout), Kind::App, &HERE).with_tls(),
    ]
}

fn of_layers() -> Vec<Scenario> {
    let push = Step::Push(Origin::Layout);
    vec![
        scenario("push-huge", "Cold push of one layer of 2 GiB", push, Kind::Huge, &HERE).by(&DAEMONLESS),
        scenario("pull-huge", "Cold pull of one layer of 2 GiB", Step::Pull, Kind::Huge, &HERE).by(&DAEMONLESS),
        scenario("push-many", "Cold push of 200 layers of 16 KiB", push, Kind::Many, &HERE).by(&DAEMONLESS),
        scenario("push-many-far", "The same over a long link", push, Kind::Many, &[Shape::of(20), Shape::of(100)])
            .by(&QUICKEST),
        scenario("push-tiny", "Cold push of 24 layers of 32 KiB", push, Kind::Tiny, &FAR).by(&DAEMONLESS),
        scenario("push-small", "Cold push of 24 layers of 512 KiB", push, Kind::Small, &FAR).by(&DAEMONLESS),
    ]
}

fn pulls() -> Vec<Scenario> {
    vec![
        scenario(
            "pull",
            "Cold pull of ten layers: into the store, into a layout, into the daemon",
            Step::Pull,
            Kind::App,
            &ALL,
        ),
        scenario("pull-again", "Unchanged pull again", Step::PullAgain, Kind::App, &DISTANCES).by(&IMAGES_ALONE),
        scenario("pull-tls", "Cold pull of ten layers, with TLS", Step::Pull, Kind::App, &HERE).with_tls(),
        scenario(
            "pull-large",
            "Cold pull of one layer of 1 GiB over a narrow link",
            Step::Pull,
            Kind::Large,
            &[NARROW],
        )
        .by(&ONE_CONNECTION)
        .once(),
    ]
}

fn of_a_real_image() -> Vec<Scenario> {
    use Origin::{Archive, Daemon, Layout};
    vec![
        scenario("real-layout", "The real image: cold push from a layout", Step::Push(Layout), Kind::Real, &HERE),
        scenario("real-archive", "The real image: cold push of its archive", Step::Push(Archive), Kind::Real, &HERE)
            .by(&IMAGES_ALONE),
        scenario(
            "real-daemon",
            "The real image: cold push from the Docker daemon",
            Step::Push(Daemon),
            Kind::Real,
            &HERE,
        )
        .by(&IMAGES_ALONE),
        scenario(
            "real-second",
            "The real image: the same archive to a second registry",
            Step::Second,
            Kind::Real,
            &HERE,
        )
        .by(&IMAGES_ALONE),
        scenario("real-pull", "The real image: cold pull", Step::Pull, Kind::Real, &HERE),
    ]
}

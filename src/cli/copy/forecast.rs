//! `copy --dry-run`: what would become of each piece at each destination. Only registries are asked; of places on this machine it is
//! known what they have.

use std::sync::Arc;

use super::delivery::Courier;
use super::depots::Depots;
use super::ends::End;
use super::freight::Freight;
use super::jobs::{Job, jobs};
use super::{Context, CopyArgs, Failure};
use crate::cli::context::all;
use crate::cli::forecast::{Neighbours, Outlook, object, piece_lines, sums};
use crate::cli::guard::Guard;
use crate::cli::settings::ResultFormat;
use crate::image::{Reference, RepositoryName};
use crate::layout::Layout;
use crate::transfer::{Forecast, Limits, Mounts, Plan, Prospect};
use crate::ui::json as ui_json;

/// Tells it, a destination after the other.
pub async fn tell(
    freight: &Freight,
    ends: &[End],
    depots: &Depots,
    args: &CopyArgs,
    context: &Context,
) -> Result<(), Failure> {
    let mut plans = Vec::new();
    for item in &freight.items {
        plans.push(Plan::read(&item.root, &freight.source, &item.choice).await?);
    }
    let courier = Courier { freight, depots, args, context, is_alone: true };
    let (mut failures, mut first) = (Vec::new(), Vec::<&Reference>::new());
    for job in jobs(ends) {
        match job.end {
            End::Registry(name) => {
                let neighbour = first.iter().find(|other| other.host == name.host).map(|other| &other.name);
                match to_registry(&courier, &plans, &job, name, neighbour).await {
                    Ok(refused) => failures.extend(refused),
                    Err(failure) => failures.push(failure),
                }
                first.push(name);
            }
            end => to_place(&courier, &plans, end, &args.destinations[job.positions()[0]]),
        }
    }
    all(failures, &context.console)
}

async fn to_registry(
    courier: &Courier<'_>,
    plans: &[Plan],
    job: &Job<'_>,
    name: &Reference,
    neighbour: Option<&RepositoryName>,
) -> Result<Vec<Failure>, Failure> {
    let Courier { depots, args, context, .. } = courier;
    let [plan, others @ ..] = plans else { unreachable!("there is always an image") };
    context.console.talk(&format!("The copy would go to repository [{}]", name.familiar_repository()));
    let repository = depots.repository(name);
    let guard = Guard::of(&name.host, args.no_clobber, context);
    // What comes from next door is there, and what goes next door will be.
    let certainty = match courier.home_or(name, neighbour) {
        Some(_) => Neighbours::Certain,
        None => Neighbours::Asked,
    };
    let limits = Limits::streams(context.settings.uploads(args.max_concurrent_uploads));
    let mounts = (courier.mounts(plan, name, neighbour)?, certainty);
    let mut outlook = Outlook::of(plan, (name, job.tags()), (&repository, guard), mounts, limits).await?;
    for plan in others {
        let mounts = Mounts { from: courier.mounts(plan, name, neighbour)?, ..Mounts::default() };
        outlook.add(Forecast::of(plan, &repository, &mounts, limits).await?);
    }
    outlook.tell(args.format, context);
    Ok(outlook.failures())
}

/// A place on this machine: what it has of the image stays as it is.
fn to_place(courier: &Courier<'_>, plans: &[Plan], end: &End, typed: &str) {
    let context = courier.context;
    let layout = match end {
        End::Layout(path, _) => Some(Arc::new(Layout::new(path))),
        End::Store(_) => Some(context.store.clone()),
        End::Registry(_) | End::Archive(..) | End::Stdout | End::Daemon(_) => None,
    };
    let mut forecast = Forecast { pieces: Vec::new() };
    for piece in plans.iter().flat_map(Plan::pieces) {
        let is_there = layout.as_ref().is_some_and(|layout| layout.blobs().has(piece));
        forecast.add(piece, if is_there { Prospect::Exists } else { Prospect::Move });
    }
    let root = &plans[0].root.descriptor;
    let name = if *end == End::Stdout { "standard output" } else { typed };
    let console = &context.console;
    if courier.args.format == Some(ResultFormat::Json) {
        return console.data(&ui_json::line(&object(name, root, &forecast, "write")));
    }
    piece_lines(&forecast, "write").iter().for_each(|line| console.data(line));
    console.data(&format!("{name}: would be written: digest: {} size: {}", root.digest, root.size));
    console.data(&sums(&forecast, "write"));
}

//! Chains of errors as rows: those through the same clusters and agents are one.

use super::clusters::{Clusters, Errors, as_count};
use crate::query::hashed::HashMap;
use crate::report::{Table, Unit, Values};

/// The most rows.
const MOST_LISTED: usize = 1_000;

/// The most errors of a chain that are told apart; longer ones are alike from there on.
const LONGEST: usize = 32;

/// What tells chains apart: the cluster and the agent of each error, from the root cause up.
type Steps = Box<[(u32, Option<u32>)]>;

/// Chains of one shape.
#[derive(Default)]
struct Shape {
    count: i64,
    unresolved: i64,
    explained: i64,
    first: i64,
    last: i64,
    /// Of the first chain: how many errors it has, the cluster of the last one, and the ids.
    length: i64,
    top: u32,
    ids: Vec<String>,
}

/// The shapes of all chains of several errors so far.
#[derive(Default)]
pub(super) struct Shapes(HashMap<Steps, Shape>);

impl Shapes {
    /// Adds the chains of a share, whose errors are of these clusters.
    pub(super) fn add(&mut self, errors: &Errors<'_>, of: &[u32], clusters: &mut Clusters) {
        for chain in &errors.chains {
            let is_shown = chain.iter().any(|row| errors.is_counted[*row]);
            let [root, .., top] = chain.as_slice() else { continue };
            if !is_shown {
                continue;
            }
            let steps = chain.iter().take(LONGEST);
            let steps = steps.map(|row| (of[*row], clusters.agent(errors, *row))).collect();
            let (first, last) = (errors.time(*root), errors.time(*top));
            let shape = self.0.entry(steps).or_default();
            let id = errors.text("id", *root);
            let is_first = || (first, id) < (shape.first, shape.ids.first().map_or("", |id| id));
            if shape.count == 0 || is_first() {
                shape.first = first;
                shape.length = as_count(chain.len());
                shape.top = of[*top];
                let ids = chain.iter().take(LONGEST);
                shape.ids = ids.map(|row| errors.text("id", *row).to_owned()).collect();
            }
            shape.last = if shape.count == 0 { last } else { shape.last.max(last) };
            shape.count += 1;
            shape.unresolved += i64::from(!errors.is_recovered[*top]);
            shape.explained += as_count(chain.len() - 1);
        }
    }

    /// A row for each: unresolved ones first, then those that explain most.
    pub(super) fn table(self, clusters: &Clusters) -> Table {
        let mut shapes: Vec<(Steps, Shape)> = self.0.into_iter().collect();
        shapes.sort_by(|(_, one), (_, two)| {
            let rank = |shape: &Shape| (shape.unresolved == 0, -shape.explained, -shape.count);
            let name = |shape: &Shape| (shape.first, shape.ids.first().cloned());
            rank(one).cmp(&rank(two)).then_with(|| name(one).cmp(&name(two)))
        });
        shapes.truncate(MOST_LISTED);
        rows(&shapes, clusters)
    }
}

fn rows(shapes: &[(Steps, Shape)], clusters: &Clusters) -> Table {
    let integers = |one: &dyn Fn(&Shape) -> i64| {
        Values::Integer(shapes.iter().map(|(_, shape)| Some(one(shape))).collect())
    };
    let times = |one: &dyn Fn(&Shape) -> i64| {
        Values::Time(shapes.iter().map(|(_, shape)| Some(one(shape))).collect())
    };
    let cluster = |number: u32| &clusters.all[number as usize];
    let names = |(steps, _): &(Steps, Shape)| {
        steps.iter().map(|(number, _)| cluster(*number).name()).collect::<Vec<_>>().join(" → ")
    };
    let agent_names = clusters.agent_names();
    let agents = |(steps, _): &(Steps, Shape)| {
        let agents = steps.iter().filter_map(|(_, agent)| *agent);
        let mut agents: Vec<&str> = agents.map(|agent| agent_names[agent as usize]).collect();
        agents.dedup();
        agents.join(" → ")
    };
    let cause = |(steps, _): &(Steps, Shape)| {
        steps.first().map(|(number, _)| cluster(*number).pattern.clone())
    };
    Table::default()
        .with("chain", Unit::None, Values::texts(shapes.iter().map(names)))
        .with("agents", Unit::None, Values::texts(shapes.iter().map(agents)))
        .with("count", Unit::Count, integers(&|shape| shape.count))
        .with("unresolved", Unit::Count, integers(&|shape| shape.unresolved))
        .with("explained", Unit::Count, integers(&|shape| shape.explained))
        .with("length", Unit::Count, integers(&|shape| shape.length))
        .with("cause", Unit::None, Values::Text(shapes.iter().map(cause).collect()))
        .with(
            "top",
            Unit::None,
            Values::texts(shapes.iter().map(|(_, shape)| &cluster(shape.top).pattern)),
        )
        .with("first_seen", Unit::None, times(&|shape| shape.first))
        .with("last_seen", Unit::None, times(&|shape| shape.last))
        .with(
            "ids",
            Unit::None,
            Values::TextList(shapes.iter().map(|(_, shape)| Some(shape.ids.clone())).collect()),
        )
}

//! What agents spent themselves, and what with all that they had others do, along parent and child.
//!
//! An agent stands below the one whose record lies above its own; a sub-agent whose records lie below
//! nothing known, because they are in a file of their own, stands below the agent whose tool call began
//! it. An agent that comes again below itself is not counted below itself.

use super::cells::{Cell, Sum};
use crate::query::hashed::HashMap;
use crate::report::{Table, Unit, Values};

/// The top of the tree, where no agent is.
const TOP: usize = 0;

/// An agent below others.
struct Node<'t> {
    /// Nothing at the top, and for what names no agent.
    agent: Option<&'t str>,
    parent: usize,
    depth: i64,
    own: Sum,
    whole: Sum,
}

/// A record above others.
struct Above<'t> {
    group: &'t str,
    parent: Option<&'t str>,
    session: Option<&'t str>,
    agent: Option<&'t str>,
}

/// The tree of agents, and what is known of the records above.
struct Tree<'t> {
    nodes: Vec<Node<'t>>,
    children: HashMap<(usize, Option<&'t str>), usize>,
    above: Vec<Above<'t>>,
    /// By group and id.
    by_id: HashMap<(&'t str, &'t str), usize>,
    /// The call that began an agent, by session and agent.
    by_begun: HashMap<(Option<&'t str>, &'t str), usize>,
    /// The node in which records lie that are below a record; once it is known.
    node_of: Vec<Option<usize>>,
}

impl<'t> Tree<'t> {
    /// Of the rows of `token_parents.sql`; of records with one id the first counts.
    fn new(parents: &'t Table) -> Self {
        let top = Node {
            agent: None,
            parent: TOP,
            depth: -1,
            own: Sum::default(),
            whole: Sum::default(),
        };
        let mut tree = Self {
            nodes: vec![top],
            children: HashMap::default(),
            above: Vec::new(),
            by_id: HashMap::default(),
            by_begun: HashMap::default(),
            node_of: vec![None; parents.rows()],
        };
        for row in 0..parents.rows() {
            let text = |name: &str| parents.text(name, row);
            let group = text("group_id").unwrap_or_default();
            let (session, agent) = (text("session_id"), text("agent"));
            tree.above.push(Above { group, parent: text("parent_id"), session, agent });
            tree.by_id.entry((group, text("id").unwrap_or_default())).or_insert(row);
            if let Some(begun) = text("began").filter(|begun| Some(*begun) != agent) {
                tree.by_begun.entry((session, begun)).or_insert(row);
            }
        }
        tree
    }

    /// The node of `agent` below the node `up`, or that node above it which is this agent's.
    fn enter(&mut self, up: usize, agent: Option<&'t str>) -> usize {
        let mut at = up;
        while at != TOP {
            let Some(node) = self.nodes.get(at) else { break };
            if node.agent == agent {
                return at;
            }
            at = node.parent;
        }
        let (next, depth) = (self.nodes.len(), self.nodes.get(up).map_or(0, |node| node.depth + 1));
        let known = *self.children.entry((up, agent)).or_insert(next);
        if known == next {
            let (own, whole) = (Sum::default(), Sum::default());
            self.nodes.push(Node { agent, parent: up, depth, own, whole });
        }
        known
    }

    /// The record above a record of `agent` that names `parent`.
    fn find_above(
        &self,
        group: &'t str,
        parent: Option<&'t str>,
        session: Option<&'t str>,
        agent: Option<&'t str>,
    ) -> Option<usize> {
        let named = parent.and_then(|parent| self.by_id.get(&(group, parent)));
        named.or_else(|| self.by_begun.get(&(session, agent?))).copied()
    }

    /// The node in which what is below the record `row` lies. A ring of parents is cut where it closes.
    fn node_below(&mut self, row: usize) -> usize {
        let mut way = Vec::new();
        let mut at = Some(row);
        let mut node = TOP;
        while let Some(row) = at {
            if let Some(known) = self.node_of.get(row).copied().flatten() {
                node = known;
                break;
            }
            way.push(row);
            if let Some(here) = self.node_of.get_mut(row) {
                // Until it is known; a ring ends here.
                *here = Some(TOP);
            }
            let above = self.above.get(row);
            at = above
                .and_then(|one| self.find_above(one.group, one.parent, one.session, one.agent));
        }
        for row in way.into_iter().rev() {
            // A record without an agent is its parent's matter.
            if let Some(agent) = self.above.get(row).and_then(|above| above.agent) {
                node = self.enter(node, Some(agent));
            }
            if let Some(here) = self.node_of.get_mut(row) {
                *here = Some(node);
            }
        }
        node
    }

    fn add(&mut self, cell: &Cell<'t>) {
        let above = self.find_above(cell.group, cell.parent, cell.session, cell.agent);
        let up = above.map_or(TOP, |row| self.node_below(row));
        let node = self.enter(up, cell.agent);
        if let Some(node) = self.nodes.get_mut(node) {
            node.own.add(&cell.sum);
        }
    }

    /// Adds what each spent to all above it.
    fn sum(&mut self) {
        for node in &mut self.nodes {
            node.whole = node.own;
        }
        // Whoever is above another is before it.
        for at in (1..self.nodes.len()).rev() {
            let Some(&Node { parent, whole, .. }) = self.nodes.get(at) else { continue };
            if let Some(parent) = self.nodes.get_mut(parent) {
                parent.whole.add(&whole);
            }
        }
    }

    /// The nodes in the order of the tree, the dearest of siblings first; without what spent nothing.
    fn in_order(&self) -> Vec<usize> {
        let mut below: HashMap<usize, Vec<usize>> = HashMap::default();
        for (at, node) in self.nodes.iter().enumerate().skip(1) {
            if node.whole != Sum::default() {
                below.entry(node.parent).or_default().push(at);
            }
        }
        for siblings in below.values_mut() {
            // The last is taken first.
            siblings.sort_by_key(|at| {
                let node = self.nodes.get(*at);
                let whole = node.map(|node| node.whole).unwrap_or_default();
                let agent = node.map(|node| node.agent);
                (whole.cost_microusd, whole.all_tokens(), std::cmp::Reverse(agent))
            });
        }
        let mut order = Vec::new();
        let mut next = below.remove(&TOP).unwrap_or_default();
        while let Some(at) = next.pop() {
            order.push(at);
            next.extend(below.remove(&at).unwrap_or_default());
        }
        order
    }

    fn path(&self, at: usize) -> String {
        let mut names = Vec::new();
        let mut at = at;
        while let Some(node) = self.nodes.get(at).filter(|_| at != TOP) {
            names.push(node.agent.unwrap_or("(no agent)"));
            at = node.parent;
        }
        names.reverse();
        names.join(" > ")
    }
}

/// One figure of what was spent.
type Part = fn(&Sum) -> Option<i64>;

/// The tree as a table, a row for each agent below others, with what it spent itself and, as `total_…`,
/// with all below it.
pub(super) fn roll_up(cells: &[Cell<'_>], parents: &Table) -> Table {
    let mut tree = Tree::new(parents);
    for cell in cells {
        tree.add(cell);
    }
    tree.sum();
    let order = tree.in_order();
    let nodes: Vec<&Node<'_>> = order.iter().filter_map(|at| tree.nodes.get(*at)).collect();
    let numbers = |one: &dyn Fn(&Node<'_>) -> Option<i64>| {
        Values::Integer(nodes.iter().map(|node| one(node)).collect())
    };
    let agent_of = |at: usize| tree.nodes.get(at).and_then(|node| node.agent);
    let mut table = Table::default()
        .with("agent", Unit::None, Values::Text(nodes.iter().map(|node| node.agent).collect()))
        .with(
            "parent_agent",
            Unit::None,
            Values::Text(nodes.iter().map(|node| agent_of(node.parent)).collect()),
        )
        .with("path", Unit::None, Values::texts(order.iter().map(|at| tree.path(*at))))
        .with("depth", Unit::Count, numbers(&|node| Some(node.depth)));
    let parts: [(&str, &str, Unit, Part); 8] = [
        ("calls", "total_calls", Unit::Count, |sum| Some(sum.calls)),
        ("input_tokens", "total_input_tokens", Unit::Tokens, |sum| Some(sum.tokens.input)),
        ("output_tokens", "total_output_tokens", Unit::Tokens, |sum| Some(sum.tokens.output)),
        ("cache_read_tokens", "total_cache_read_tokens", Unit::Tokens, |sum| {
            Some(sum.tokens.cache_read)
        }),
        ("cache_write_tokens", "total_cache_write_tokens", Unit::Tokens, |sum| {
            Some(sum.tokens.cache_write)
        }),
        ("unsplit_tokens", "total_unsplit_tokens", Unit::Tokens, |sum| Some(sum.unsplit)),
        ("cost_microusd", "total_cost_microusd", Unit::Microusd, Sum::cost),
        ("unpriced_calls", "total_unpriced_calls", Unit::Count, |sum| Some(sum.calls - sum.priced)),
    ];
    for (own, _, unit, part) in parts {
        table = table.with(own, unit, numbers(&|node| part(&node.own)));
    }
    for (_, whole, unit, part) in parts {
        table = table.with(whole, unit, numbers(&|node| part(&node.whole)));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::super::cells::unsplit_cells;
    use super::*;

    /// Spent tokens by agent, session, record above.
    fn spent(rows: &[(Option<&'static str>, &'static str, Option<&'static str>, i64)]) -> Table {
        Table::default()
            .with("agent", Unit::None, Values::Text(rows.iter().map(|row| row.0).collect()))
            .with("session_id", Unit::None, Values::texts(rows.iter().map(|row| row.1)))
            .with("group_id", Unit::None, Values::texts(rows.iter().map(|row| row.1)))
            .with("parent_id", Unit::None, Values::Text(rows.iter().map(|row| row.2).collect()))
            .with("calls", Unit::None, Values::Integer(rows.iter().map(|_| Some(1)).collect()))
            .with(
                "unsplit_tokens",
                Unit::None,
                Values::Integer(rows.iter().map(|row| Some(row.3)).collect()),
            )
    }

    type Link =
        (&'static str, &'static str, Option<&'static str>, &'static str, Option<&'static str>);

    /// Records by session, id, record above, agent, agent that they began.
    fn links(rows: &[Link]) -> Table {
        Table::default()
            .with("group_id", Unit::None, Values::texts(rows.iter().map(|row| row.0)))
            .with("session_id", Unit::None, Values::texts(rows.iter().map(|row| row.0)))
            .with("id", Unit::None, Values::texts(rows.iter().map(|row| row.1)))
            .with("parent_id", Unit::None, Values::Text(rows.iter().map(|row| row.2).collect()))
            .with("agent", Unit::None, Values::texts(rows.iter().map(|row| row.3)))
            .with("began", Unit::None, Values::Text(rows.iter().map(|row| row.4).collect()))
    }

    /// Path, own and whole tokens.
    fn rolled(spent: &Table, links: &Table) -> Vec<(String, i64, i64)> {
        let found = roll_up(&unsplit_cells(spent), links);
        let row = |row| {
            (
                found.text("path", row).unwrap().to_owned(),
                found.integer("unsplit_tokens", row).unwrap(),
                found.integer("total_unsplit_tokens", row).unwrap(),
            )
        };
        (0..found.rows()).map(row).collect()
    }

    #[test]
    fn agents_stand_below_those_whose_records_lie_above_theirs() {
        let links = links(&[
            ("s", "plan", None, "boss", None),
            ("s", "task", Some("plan"), "coder", None),
            // The boss again, below the coder: still the boss.
            ("s", "ask", Some("task"), "boss", None),
            // The same id in another session is another record.
            ("t", "task", None, "tester", None),
        ]);
        let spent = spent(&[
            (Some("boss"), "s", Some("plan"), 1),
            (Some("coder"), "s", Some("task"), 20),
            (Some("boss"), "s", Some("ask"), 300),
            (Some("coder"), "t", Some("task"), 4_000),
            (None, "s", Some("task"), 50_000),
        ]);
        assert_eq!(
            rolled(&spent, &links),
            [
                ("boss".to_owned(), 301, 50_321),
                ("boss > coder".to_owned(), 20, 50_020),
                ("boss > coder > (no agent)".to_owned(), 50_000, 50_000),
                ("tester".to_owned(), 0, 4_000),
                ("tester > coder".to_owned(), 4_000, 4_000),
            ]
        );
    }

    #[test]
    fn a_sub_agent_without_a_parent_is_below_the_call_that_began_it() {
        let links = links(&[
            ("s", "turn", None, "main", None),
            ("s", "call", Some("turn"), "main", Some("finder")),
            ("s", "inner", Some("elsewhere"), "finder", Some("reader")),
        ]);
        let spent = spent(&[
            (Some("reader"), "s", Some("unknown"), 7),
            (Some("finder"), "s", None, 30),
            // Nobody began it in this session.
            (Some("finder"), "u", None, 500),
        ]);
        assert_eq!(
            rolled(&spent, &links),
            [
                ("finder".to_owned(), 500, 500),
                ("main".to_owned(), 0, 37),
                ("main > finder".to_owned(), 30, 37),
                ("main > finder > reader".to_owned(), 7, 7),
            ]
        );
    }

    #[test]
    fn a_ring_of_parents_ends() {
        let links = links(&[
            ("s", "a", Some("b"), "one", None),
            ("s", "b", Some("a"), "two", None),
            ("s", "c", None, "x", Some("y")),
            ("s", "d", None, "y", Some("x")),
        ]);
        let spent = spent(&[(Some("one"), "s", Some("a"), 1), (Some("x"), "s", None, 20)]);
        let found = rolled(&spent, &links);
        let own: i64 = found.iter().map(|row| row.1).sum();
        let roots: i64 = found.iter().filter(|row| !row.0.contains('>')).map(|row| row.2).sum();
        assert_eq!((own, roots), (21, 21));
    }
}

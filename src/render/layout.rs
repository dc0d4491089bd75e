//! Where the columns of a terminal table stand, and the drawing of its lines.
//!
//! Numbers are never cut. In a narrow terminal texts are, lists before others, and when that is not
//! enough columns are left out, the last ones first. Cells come ready to be shown; what they say is for
//! `table`.

use comfy_table::{
    Cell, CellAlignment, ColumnConstraint, LineStyle, Row, Table as Grid, TableStyle, Width,
};

/// Space between two columns.
const GAP: u16 = 2;

/// Texts are cut to no less than this before columns are left out.
const NARROWEST: u16 = 10;

/// What lists are cut to before other texts are.
const NARROW_LIST: u16 = 24;

/// No column is wider; a longer text goes on in the next line.
const WIDEST: u16 = 60_000;

/// A column of the table.
pub(super) struct Head {
    pub(super) label: String,
    pub(super) is_numeric: bool,
    pub(super) yields: Yields,
}

/// When a column gives up space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Yields {
    /// Before others: lists and JSON.
    First,
    /// With other texts.
    Second,
    /// It is never cut: numbers, times, statuses.
    Never,
}

/// What becomes of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is shown, this wide.
    Shown(u16),
    /// It holds values, but there is no space for it.
    LeftOut,
    /// It holds no value.
    Empty,
}

/// A header and rows as a grid that is not yet arranged; `is_cut` keeps each row on one line.
pub(super) fn grid(header: Vec<String>, rows: Vec<Vec<String>>, is_cut: bool) -> Grid {
    let row = |cells: Vec<String>| {
        let mut row = Row::from(cells.into_iter().map(Cell::new_owned).collect::<Vec<_>>());
        if is_cut {
            row.max_height(1);
        }
        row
    };
    let mut grid = Grid::new();
    grid.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─')));
    // What is cut is cut anywhere, at a character that no cell holds, and not at words.
    grid.set_delimiter(if is_cut { '\0' } else { ' ' });
    if !header.is_empty() {
        grid.set_header(row(header));
    }
    grid.add_rows(rows.into_iter().map(row));
    grid
}

/// Chooses the places of the columns; `natural` are the widths of their longest cells, `width` is
/// what the terminal has.
pub(super) fn choose_places(
    heads: &[Head],
    natural: &[u16],
    is_filled: &[bool],
    width: Option<usize>,
) -> Vec<Place> {
    let width_at = |column: usize, cap: u16| {
        let natural = natural.get(column).map_or(0, |wide| (*wide).min(WIDEST));
        match heads.get(column).map(|head| head.yields) {
            Some(Yields::First) if cap < WIDEST => natural.min(cap).min(NARROW_LIST),
            Some(Yields::First | Yields::Second) => natural.min(cap),
            Some(Yields::Never) | None => natural,
        }
    };
    let total = |columns: &[usize], cap: u16| {
        let gaps = columns.len().saturating_sub(1) * usize::from(GAP);
        columns.iter().map(|column| usize::from(width_at(*column, cap))).sum::<usize>() + gaps
    };
    let mut shown: Vec<usize> =
        (0..is_filled.len()).filter(|column| is_filled.get(*column) == Some(&true)).collect();
    let mut cap = WIDEST;
    if let Some(width) = width {
        let yields_first =
            |column: &usize| heads.get(*column).is_some_and(|head| head.yields == Yields::First);
        while shown.len() > 1 && total(&shown, NARROWEST) > width {
            let last = shown.len() - 1;
            shown.remove(shown.iter().rposition(yields_first).unwrap_or(last));
        }
        let most = u16::try_from(width).unwrap_or(WIDEST).min(WIDEST - 1);
        let caps = [WIDEST].into_iter().chain((NARROWEST..=most).rev());
        cap = caps.into_iter().find(|cap| total(&shown, *cap) <= width).unwrap_or(NARROWEST);
    }
    let place = |column: usize| match (is_filled.get(column), shown.contains(&column)) {
        (Some(true), true) => Place::Shown(width_at(column, cap)),
        (Some(true), false) => Place::LeftOut,
        _ => Place::Empty,
    };
    (0..is_filled.len()).map(place).collect()
}

/// Whether rows with these columns and widths can stand under a header with these places.
pub(super) fn holds(
    places: &[Place],
    heads: &[Head],
    natural: &[u16],
    is_filled: &[bool],
    is_cut: bool,
) -> bool {
    let columns = heads.iter().zip(natural).zip(is_filled.iter().zip(places));
    let mut columns = columns.filter(|(_, (is_filled, _))| **is_filled);
    columns.all(|((head, natural), (_, place))| match place {
        Place::Shown(width) => {
            natural.min(&WIDEST) <= width || is_cut && head.yields != Yields::Never
        }
        Place::LeftOut => true,
        Place::Empty => false,
    })
}

/// Arranges the grid and gives its lines: the header, the rule under it, the rows.
pub(super) fn draw(
    mut grid: Grid,
    heads: &[Head],
    places: &[Place],
) -> impl Iterator<Item = String> {
    let last = places.iter().rposition(|place| matches!(place, Place::Shown(_)));
    let columns = grid.column_iter_mut().zip(heads.iter().zip(places)).enumerate();
    for (i, (column, (head, place))) in columns {
        column.set_padding((0, if Some(i) == last { 0 } else { GAP }));
        column.set_constraint(match place {
            // The layout counts the space beside a column as part of it.
            Place::Shown(width) => {
                ColumnConstraint::Absolute(Width::Fixed(width + column.padding_width()))
            }
            Place::LeftOut | Place::Empty => ColumnConstraint::Hidden,
        });
        if head.is_numeric {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines: Vec<String> = grid.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.into_iter()
}

//! How the area of the text is divided: a tree whose leaves are panes. Pure geometry, in shares of what is divided.

use ground::ids::PaneId;
use serde::{Deserialize, Serialize};

/// The least and the greatest share of the first of two parts.
const SHARES: (f32, f32) = (0.1, 0.9);

/// How two parts lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Arrangement {
    /// Side by side.
    Columns,
    /// One below the other.
    Rows,
}

/// Where something new comes, seen from what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// At its left.
    Left,
    /// At its right.
    Right,
    /// Above it.
    Above,
    /// Below it.
    Below,
}

impl Side {
    /// How what is there and what is new lie then.
    pub fn arrangement(self) -> Arrangement {
        match self {
            Side::Left | Side::Right => Arrangement::Columns,
            Side::Above | Side::Below => Arrangement::Rows,
        }
    }

    fn comes_first(self) -> bool {
        matches!(self, Side::Left | Side::Above)
    }
}

/// A part of the area.
#[derive(Clone, Debug, PartialEq)]
pub enum PaneLayout {
    /// A pane.
    Pane(PaneId),
    /// Two parts.
    Split {
        /// How they lie.
        arrangement: Arrangement,
        /// What the first one has of both.
        share: f32,
        /// The left or the upper one, and the other.
        parts: Box<[PaneLayout; 2]>,
    },
}

impl Default for PaneLayout {
    fn default() -> PaneLayout {
        PaneLayout::Pane(PaneId::default())
    }
}

/// A rectangle as left, top, width and height.
pub type PaneArea = [f32; 4];

/// The place between two parts.
#[derive(Clone, Debug, PartialEq)]
pub struct PaneDivider {
    /// Which of the parts to take at each split to come to it, from the root on.
    pub way: Vec<usize>,
    /// How the two parts lie.
    pub arrangement: Arrangement,
    /// Both parts.
    pub area: PaneArea,
    /// Where it stands, from the left or from the top.
    pub at: f32,
}

impl PaneLayout {
    /// Two parts, with the share kept in its range.
    pub fn split(arrangement: Arrangement, share: f32, parts: [PaneLayout; 2]) -> PaneLayout {
        let share = if share.is_finite() { share.clamp(SHARES.0, SHARES.1) } else { 0.5 };
        PaneLayout::Split { arrangement, share, parts: Box::new(parts) }
    }

    /// The panes, from the left to the right and from the top to the bottom.
    pub fn panes(&self) -> Vec<PaneId> {
        match self {
            PaneLayout::Pane(pane) => vec![*pane],
            PaneLayout::Split { parts, .. } => parts.iter().flat_map(PaneLayout::panes).collect(),
        }
    }

    /// Puts a new pane beside one that is there, which gives it half of its room.
    pub fn put(&mut self, beside: PaneId, side: Side, new: PaneId) {
        match self {
            PaneLayout::Pane(pane) if *pane == beside => {
                let (old, new) = (PaneLayout::Pane(beside), PaneLayout::Pane(new));
                let parts = if side.comes_first() { [new, old] } else { [old, new] };
                *self = PaneLayout::split(side.arrangement(), 0.5, parts);
            }
            PaneLayout::Pane(_) => {}
            PaneLayout::Split { parts, .. } => parts.iter_mut().for_each(|part| part.put(beside, side, new)),
        }
    }

    /// Takes a pane away: its neighbour gets its room. The last one stays.
    pub fn take(&mut self, pane: PaneId) {
        let PaneLayout::Split { parts, .. } = self else { return };
        if let Some(gone) = parts.iter().position(|part| *part == PaneLayout::Pane(pane)) {
            let stays = std::mem::take(&mut parts[1 - gone]);
            *self = stays;
        } else {
            parts.iter_mut().for_each(|part| part.take(pane));
        }
    }

    /// Gives the first part at a divider this share of both.
    pub fn set_share(&mut self, way: &[usize], to: f32) {
        let PaneLayout::Split { parts, share, .. } = self else { return };
        match way.split_first() {
            None if to.is_finite() => *share = to.clamp(SHARES.0, SHARES.1),
            None => {}
            Some((part, way)) => {
                if let Some(part) = parts.get_mut(*part) {
                    part.set_share(way, to);
                }
            }
        }
    }

    /// Gives all panes of a row the same room.
    pub fn even_out(&mut self) {
        if let PaneLayout::Split { arrangement, share, parts } = self {
            let counts = [0, 1].map(|part: usize| parts[part].count(*arrangement) as f32);
            *share = counts[0] / (counts[0] + counts[1]);
            parts.iter_mut().for_each(PaneLayout::even_out);
        }
    }

    /// Panes that lie in a row in this direction.
    fn count(&self, along: Arrangement) -> usize {
        match self {
            PaneLayout::Split { arrangement, parts, .. } if *arrangement == along => {
                parts.iter().map(|part| part.count(along)).sum()
            }
            PaneLayout::Split { parts, .. } => {
                parts.iter().map(|part| part.count(along)).max().unwrap_or_default()
            }
            PaneLayout::Pane(_) => 1,
        }
    }

    /// Where each pane stands in an area, and where the dividers are.
    pub fn places(&self, area: PaneArea) -> (Vec<(PaneId, PaneArea)>, Vec<PaneDivider>) {
        let (mut panes, mut dividers) = (Vec::new(), Vec::new());
        self.place(area, &mut Vec::new(), &mut panes, &mut dividers);
        (panes, dividers)
    }

    fn place(
        &self,
        area: PaneArea,
        way: &mut Vec<usize>,
        panes: &mut Vec<(PaneId, PaneArea)>,
        dividers: &mut Vec<PaneDivider>,
    ) {
        match self {
            PaneLayout::Pane(pane) => panes.push((*pane, area)),
            PaneLayout::Split { arrangement, share, parts } => {
                let [left, top, width, height] = area;
                let (first, second, at) = match arrangement {
                    Arrangement::Columns => {
                        let part = (width * share).round();
                        ([left, top, part, height], [left + part, top, width - part, height], left + part)
                    }
                    Arrangement::Rows => {
                        let part = (height * share).round();
                        ([left, top, width, part], [left, top + part, width, height - part], top + part)
                    }
                };
                dividers.push(PaneDivider { way: way.clone(), arrangement: *arrangement, area, at });
                for (index, (part, area)) in parts.iter().zip([first, second]).enumerate() {
                    way.push(index);
                    part.place(area, way, panes, dividers);
                    way.pop();
                }
            }
        }
    }

    /// The pane that is nearest in what gets the room of one when that is taken away.
    pub fn heir(&self, of: PaneId) -> Option<PaneId> {
        let PaneLayout::Split { parts, .. } = self else { return None };
        match parts.iter().position(|part| *part == PaneLayout::Pane(of)) {
            Some(0) => parts[1].panes().first().copied(),
            Some(_) => parts[0].panes().last().copied(),
            None => parts.iter().find_map(|part| part.heir(of)),
        }
    }

    /// The pane that lies next to one at a side: of several the one that is nearest to its middle.
    pub fn neighbour(&self, of: PaneId, side: Side) -> Option<PaneId> {
        let (places, _) = self.places([0.0, 0.0, 10_000.0, 10_000.0]);
        let [left, top, width, height] = places.iter().find(|(pane, _)| *pane == of)?.1;
        let (x, y) = match side {
            Side::Left => (left - 1.0, top + height / 2.0),
            Side::Right => (left + width + 1.0, top + height / 2.0),
            Side::Above => (left + width / 2.0, top - 1.0),
            Side::Below => (left + width / 2.0, top + height + 1.0),
        };
        let holds = |[left, top, width, height]: PaneArea| {
            (left..left + width).contains(&x) && (top..top + height).contains(&y)
        };
        places.iter().find(|(_, area)| holds(*area)).map(|(pane, _)| *pane)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn panes_come_and_go_beside_each_other() {
        let (a, b, c) = (PaneId(0), PaneId(1), PaneId(2));
        let mut layout = PaneLayout::default();
        layout.put(a, Side::Right, b);
        layout.put(a, Side::Below, c);
        assert_eq!(layout.panes(), [a, c, b]);
        assert_eq!(layout.neighbour(a, Side::Below), Some(c));
        assert_eq!(layout.neighbour(c, Side::Right), Some(b));
        assert_eq!(layout.neighbour(a, Side::Left), None);
        assert_eq!((layout.heir(a), layout.heir(c), layout.heir(b)), (Some(c), Some(a), Some(c)));
        layout.take(a);
        assert_eq!(layout.panes(), [c, b]);
        layout.take(b);
        layout.take(c);
        assert_eq!(layout.panes(), [c], "the last one stays");
    }

    #[test]
    fn three_beside_each_other_have_the_same_room() {
        let mut layout = PaneLayout::default();
        layout.put(PaneId(0), Side::Right, PaneId(1));
        layout.put(PaneId(1), Side::Right, PaneId(2));
        layout.even_out();
        let widths: Vec<f32> = layout.places([0.0, 0.0, 900.0, 100.0]).0.iter().map(|(_, a)| a[2]).collect();
        assert_eq!(widths, [300.0, 300.0, 300.0]);
    }

    proptest! {
        /// Whatever is split, dragged and closed: the panes fill the area and never lie over each other.
        #[test]
        fn panes_fill_the_area(steps in prop::collection::vec((0u8..6, 0usize..8, 0.0f32..1.0), 0..30)) {
            let mut layout = PaneLayout::default();
            let mut next = 1;
            for (what, which, share) in steps {
                let panes = layout.panes();
                let pane = panes[which % panes.len()];
                match what {
                    0..=3 if panes.len() < 8 => {
                        let side = [Side::Left, Side::Right, Side::Above, Side::Below][usize::from(what)];
                        layout.put(pane, side, PaneId(next));
                        next += 1;
                        prop_assert_eq!(layout.panes().len(), panes.len() + 1);
                    }
                    4 => layout.take(pane),
                    _ => {
                        let dividers = layout.places([0.0, 0.0, 1000.0, 1000.0]).1;
                        if let Some(divider) = dividers.get(which % dividers.len().max(1)) {
                            layout.set_share(&divider.way, share);
                        }
                    }
                }
                let (places, _) = layout.places([0.0, 0.0, 1000.0, 1000.0]);
                let sum: f32 = places.iter().map(|(_, [_, _, width, height])| width * height).sum();
                prop_assert!((sum - 1e6).abs() < 1.0, "{}", sum);
                for (index, (_, a)) in places.iter().enumerate() {
                    for (_, b) in &places[..index] {
                        let apart = a[0] >= b[0] + b[2] || b[0] >= a[0] + a[2]
                            || a[1] >= b[1] + b[3] || b[1] >= a[1] + a[3];
                        prop_assert!(apart, "{:?} {:?}", a, b);
                    }
                }
            }
        }
    }
}

//! Numbers → SVG charts whose colours are the page's.
//!
//! In: series of plain numbers, labels with units. Out: SVG without size, colours as CSS variables, so
//! that light, dark and print need no other drawing, and a share is marked by setting its variable. Not
//! here: what is charted.

use crate::report::number::exact;
use crate::risk::Estimate;
use kuva::plot::legend::{LegendEntry, LegendShape};
use kuva::plot::{BandPlot, LegendPosition, LinePlot, LineStyle, MarkerShape, ScatterPlot};
use kuva::render::annotations::{ReferenceLine, TextAnnotation};
use kuva::render::layout::{Layout, TickFormat};
use kuva::render::plots::Plot;
use kuva::render::theme::Theme;
use std::sync::Arc;

/// Standard errors that a bar reaches to either side.
pub(super) const BAR: f64 = 2.0;

/// Height of a chart that its axis does not have, and of a letter of its label, in pixels.
const AROUND: f64 = 100.0;
const LETTER: f64 = 7.0;

/// What a mark or a line is painted with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ink {
    /// Text, axes, the strongest line.
    Strong,
    /// Lines of the second rank.
    Line,
    /// What is compared with, what is historic.
    Other,
    /// Areas, from the palest.
    Wide,
    Narrow,
    /// The paper itself.
    Paper,
    /// Marked while its share is chosen, quiet otherwise.
    Share(usize),
    /// Seen only while its share is chosen.
    Chosen(usize),
}

impl Ink {
    fn css(self) -> String {
        match self {
            Self::Strong => "var(--ink)".into(),
            Self::Line => "var(--line)".into(),
            Self::Other => "var(--other)".into(),
            Self::Wide => "var(--wide)".into(),
            Self::Narrow => "var(--narrow)".into(),
            Self::Paper => "var(--paper)".into(),
            Self::Share(share) => format!("var(--s{share}, var(--narrow))"),
            Self::Chosen(share) => format!("var(--s{share}, transparent)"),
        }
    }
}

/// A chart being filled.
pub(super) struct Chart {
    x: String,
    y: String,
    size: (f64, f64),
    plots: Vec<Plot>,
    legend: Vec<LegendEntry>,
    lines: Vec<ReferenceLine>,
    is_y_named: Option<Vec<String>>,
    is_x_named: Option<Vec<String>>,
    is_of_years: bool,
    y_end: Option<f64>,
    words: Vec<(String, f64, f64)>,
}

impl Chart {
    /// An empty chart; labels say quantity and unit.
    pub(super) fn new(x: &str, y: &str, width: f64, height: f64) -> Self {
        Self {
            x: x.into(),
            y: y.into(),
            size: (width, height),
            plots: Vec::new(),
            legend: Vec::new(),
            lines: Vec::new(),
            is_y_named: None,
            is_x_named: None,
            is_of_years: false,
            y_end: None,
            words: Vec::new(),
        }
    }
    /// Says what is painted so.
    pub(super) fn legend(&mut self, label: &str, ink: Ink, shape: Shape) {
        let (shape, dasharray) = match shape {
            Shape::Area => (LegendShape::Rect, None),
            Shape::Line => (LegendShape::Line, None),
            Shape::Dashed => (LegendShape::Line, Some("6 4".to_string())),
            Shape::Mark => (LegendShape::Circle, None),
        };
        self.legend.push(LegendEntry { label: label.into(), color: ink.css(), shape, dasharray });
    }
    /// An area between two lines over the same places.
    pub(super) fn band(&mut self, x: &[f64], low: &[f64], high: &[f64], ink: Ink) {
        let area = BandPlot::new(x.to_vec(), low.to_vec(), high.to_vec());
        self.plots.push(Plot::Band(area.with_color(ink.css()).with_opacity(1.0)));
    }
    /// A line, dashed if need be.
    pub(super) fn line(&mut self, points: &[(f64, f64)], ink: Ink, width: f64, is_dashed: bool) {
        let style = if is_dashed { LineStyle::Dashed } else { LineStyle::Solid };
        let line = LinePlot::new().with_data(points.to_vec()).with_color(ink.css());
        let line = line.with_stroke_width(width).with_line_style(style);
        self.plots.push(Plot::Line(line));
    }
    /// Marks, with a bar of [`BAR`] errors each way where there is an error.
    pub(super) fn marks(&mut self, points: &[Mark], ink: Ink, size: f64, shape: MarkerShape) {
        let bar = |error: f64| if error.is_finite() { BAR * error } else { 0.0 };
        let is_any = |of: fn(&Mark) -> f64| points.iter().any(|mark| bar(of(mark)) > 0.0);
        let mut marks = ScatterPlot::new()
            .with_data(points.iter().map(|mark| (mark.x, mark.y)).collect::<Vec<_>>())
            .with_color(ink.css())
            .with_size(size)
            .with_marker(shape);
        if is_any(|mark| mark.x_error) {
            marks = marks.with_x_err(points.iter().map(|mark| bar(mark.x_error)));
        }
        if is_any(|mark| mark.y_error) {
            marks = marks.with_y_err(points.iter().map(|mark| bar(mark.y_error)));
        }
        self.plots.push(Plot::Scatter(marks));
    }
    /// A line across the whole chart.
    pub(super) fn across(&mut self, at: f64, is_vertical: bool, ink: Ink, dash: &str) {
        let mut line = match is_vertical {
            true => ReferenceLine::vertical(at),
            false => ReferenceLine::horizontal(at),
        };
        (line.color, line.dasharray) = (ink.css(), dash.into());
        self.lines.push(line);
    }
    /// Names instead of numbers at 0, 1, 2 … of the vertical axis.
    pub(super) fn y_names(&mut self, names: Vec<String>) {
        self.is_y_named = Some(names);
    }
    /// Names instead of numbers at 0, 1, 2 … of the horizontal axis.
    pub(super) fn x_names(&mut self, names: Vec<String>) {
        self.is_x_named = Some(names);
    }
    /// Where the vertical axis ends.
    pub(super) fn y_end(&mut self, end: f64) {
        self.y_end = Some(end);
    }
    /// Says something above a point.
    pub(super) fn says(&mut self, words: &str, x: f64, y: f64) {
        self.words.push((words.into(), x, y));
    }
    /// Whole years on the horizontal axis, which is of time.
    pub(super) fn years(&mut self) {
        self.is_of_years = true;
    }
    /// The drawing: an `<svg>` called `title`, ids begin with `id`.
    pub(super) fn svg(self, id: &str, title: &str) -> String {
        let mut layout = Layout::auto_from_plots(&self.plots)
            .with_x_label(self.x)
            .with_y_label(self.y)
            .with_y_label_wrap(((self.size.1 - AROUND) / LETTER) as usize)
            .with_width(self.size.0)
            .with_height(self.size.1)
            .with_theme(theme())
            .with_font_family("system-ui, sans-serif")
            .with_label_size(13)
            .with_tick_size(12)
            .with_body_size(12)
            .with_x_tick_format(format(&self.is_x_named))
            .with_y_tick_format(format(&self.is_y_named))
            .with_legend_position(LegendPosition::OutsideBottomColumns)
            .with_legend_box(false)
            .with_legend_entries(self.legend);
        if self.is_of_years {
            let year = |at: f64| format!("{at:.0}");
            layout = layout.with_x_tick_format(TickFormat::Custom(Arc::new(year)));
            layout = layout.with_x_tick_step(1.0);
        }
        if let Some(names) = &self.is_x_named {
            layout = layout.with_x_tick_step(1.0).with_x_tick_rotate(-30.0);
            layout = layout.with_x_axis_min(-0.6).with_x_axis_max(names.len() as f64 - 0.4);
        }
        if let Some(names) = &self.is_y_named {
            layout = layout.with_y_tick_step(1.0);
            layout = layout.with_y_axis_min(-0.7).with_y_axis_max(names.len() as f64 - 0.3);
        }
        if let Some(end) = self.y_end {
            layout = layout.with_y_axis_max(end);
        }
        for (words, x, y) in self.words {
            let says = TextAnnotation::new(words, x, y).with_color("var(--ink)");
            layout = layout.with_annotation(says.with_font_size(12));
        }
        for line in self.lines {
            layout = layout.with_reference_line(line);
        }
        own(&kuva::render_to_svg(self.plots, layout), id, title)
    }
}

/// How an entry of a legend is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Area,
    Line,
    Dashed,
    Mark,
}

/// A point with its errors, one standard error each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) x_error: f64,
    pub(super) y_error: f64,
}

impl Mark {
    /// A point at `x` with the height of an estimate.
    pub(super) fn above(x: f64, estimate: Estimate, divisor: f64) -> Self {
        let (y, y_error) = (estimate.value / divisor, estimate.std_error / divisor);
        Self { x, y, x_error: 0.0, y_error }
    }
}

fn theme() -> Theme {
    let clear = || "none".to_string();
    Theme {
        background: clear(),
        axis_color: "var(--faint)".into(),
        grid_color: "var(--rule)".into(),
        tick_color: "var(--faint)".into(),
        text_color: "var(--ink)".into(),
        legend_bg: clear(),
        legend_border: clear(),
        ..Theme::default()
    }
}

/// Numbers with a comma at the thousands, or the name that stands at a whole number.
fn format(names: &Option<Vec<String>>) -> TickFormat {
    let names = names.clone();
    TickFormat::Custom(Arc::new(move |at: f64| match &names {
        None => exact(at).replace('-', "−"),
        Some(_) if at < -0.5 || (at - at.round()).abs() > 1e-6 => String::new(),
        Some(names) => names.get(at.round() as usize).cloned().unwrap_or_default(),
    }))
}

/// The drawing as the page wants it: no size of its own but a view, a name, ids that no other has.
fn own(svg: &str, id: &str, title: &str) -> String {
    let attribute = |name: &str| {
        let from = svg.find(&format!(" {name}=\"")).map_or(0, |at| at + name.len() + 3);
        svg[from..].split('"').next().unwrap_or_default().to_string()
    };
    let (width, height) = (attribute("width"), attribute("height"));
    let inner = svg.split_once('>').map_or("", |(_, inner)| inner);
    let inner = match inner.strip_prefix("<!--").and_then(|inner| inner.split_once("-->")) {
        Some((_, inner)) => inner,
        None => inner,
    };
    let inner = shortened(&renamed(&named(inner), id));
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{id}-title\" \
         fill=\"var(--ink)\" font-family=\"system-ui, sans-serif\"><title id=\"{id}-title\">{title}</title>{inner}"
    )
}

/// The same drawing without the ticks of the vertical axis that have no name, and the lines of the grid through
/// them: the library has one at every whole number that the axis reaches.
fn named(svg: &str) -> String {
    let height = |line: &str| line.split('"').nth(3).map(String::from);
    let unnamed = |line: &str| {
        let (_, name) = line.split_once("/><text ")?;
        let (attributes, rest) = name.split_once("></text>")?;
        let is_tick = attributes.ends_with("text-anchor=\"end\"");
        is_tick.then(|| (height(line), line[line.len() - rest.len()..].to_string()))
    };
    let lines = || svg.split("<line ").skip(1);
    let heights: Vec<Option<String>> = lines().filter_map(unnamed).map(|(own, _)| own).collect();
    let mut named = svg.split("<line ").next().unwrap_or_default().to_string();
    for line in lines() {
        let is_grid = line.contains("stroke=\"var(--rule)\"") && heights.contains(&height(line));
        match unnamed(line) {
            Some((_, rest)) => named.push_str(&rest),
            None if is_grid => named.push_str(line.split_once("/>").map_or("", |(_, rest)| rest)),
            None => named.extend(["<line ", line]),
        }
    }
    named
}

/// The same drawing with ids of this chart alone: the library counts its clips through the whole process.
fn renamed(svg: &str, id: &str) -> String {
    let mut parts = svg.split("kuva-clip-");
    let mut own = parts.next().unwrap_or_default().to_string();
    let mut seen: Vec<&str> = Vec::new();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let (number, rest) = part.split_at(end);
        let index = seen.iter().position(|known| *known == number).unwrap_or_else(|| {
            seen.push(number);
            seen.len() - 1
        });
        own.push_str(&format!("{id}-clip-{index}{rest}"));
    }
    own
}

/// The same drawing with at most one decimal to a number: a tenth of a pixel is not seen.
fn shortened(svg: &str) -> String {
    let mut short = String::with_capacity(svg.len());
    let mut in_tag = false;
    let mut rest = svg;
    while let Some(first) = rest.chars().next() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number = &rest[..digits];
        match number.parse::<f64>() {
            Ok(value) if in_tag && number.contains('.') => {
                let text = format!("{value:.1}");
                short.push_str(text.strip_suffix(".0").unwrap_or(&text));
                rest = &rest[digits..];
            }
            _ => {
                in_tag = match first {
                    '<' => true,
                    '>' => false,
                    _ => in_tag,
                };
                let length = digits.max(first.len_utf8());
                short.push_str(&rest[..length]);
                rest = &rest[length..];
            }
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_drawing_are_short_and_its_words_as_they_were() {
        let svg =
            "<path d=\"M12.3456,7.04 L-3.96 20\" opacity=\"0.9\"/><text y=\"1.98\">2.125 %</text>";
        let short = "<path d=\"M12.3,7 L-4 20\" opacity=\"0.9\"/><text y=\"2\">2.125 %</text>";
        assert_eq!(shortened(svg), short);
    }

    #[test]
    fn a_tick_has_a_name_and_a_long_label_has_lines() {
        let mut chart = Chart::new("revenue", &"many words ".repeat(6), 600.0, 300.0);
        chart.band(&[0.0, 1.0], &[1.0, 1.0], &[2.0, 3.2], Ink::Wide);
        chart.y_names(vec!["staying".into(), "moving".into()]);
        chart.y_end(3.4);
        let svg = chart.svg("c1", "Ridges");
        assert!(svg.contains(">staying</text>") && svg.contains(">moving</text>"));
        assert!(!svg.contains("text-anchor=\"end\"></text>"), "{svg}");
        let height = |line: &str| line.split('"').nth(3).map(String::from);
        let across = svg
            .split("<line ")
            .filter(|line| line.split('"').nth(7).map(String::from) == height(line));
        // The axis below, two ticks, their lines of the grid.
        assert_eq!(across.count(), 5, "{svg}");
        assert!(svg.matches("rotate(-90").count() > 1, "{svg}");
    }

    #[test]
    fn a_chart_has_a_name_a_view_own_ids_and_no_colour_of_its_own() {
        let mut chart = Chart::new("share, %", "revenue, million USD", 600.0, 400.0);
        chart.band(&[0.0, 1.0], &[0.0, 1.0], &[2.0, 3.0], Ink::Wide);
        chart.line(&[(0.0, 1.0), (1.0, 2.0)], Ink::Line, 1.5, true);
        let mark = Mark { x: 0.5, y: 1.5, x_error: 0.0, y_error: 0.1 };
        chart.marks(&[mark], Ink::Share(3), 3.0, MarkerShape::Circle);
        chart.across(0.5, true, Ink::Chosen(3), "4 3");
        chart.legend("median", Ink::Line, Shape::Dashed);
        let svg = chart.svg("c1", "Fan & more");
        assert!(svg.starts_with("<svg viewBox=\"0 0 600 "), "{svg}");
        assert!(svg.contains("<title id=\"c1-title\">Fan &amp; more</title>"), "{svg}");
        assert!(svg.contains("var(--s3, var(--narrow))") && svg.contains("var(--s3, transparent)"));
        assert!(!svg.contains("kuva") && svg.ends_with("</svg>"), "{svg}");
        for colour in ["#", "black", "white", "gray", "steelblue", "rgb("] {
            let painted = svg.replace("url(#", "");
            let is_there = |paint: &str| painted.contains(&format!("{paint}=\"{colour}"));
            assert!(!is_there("fill") && !is_there("stroke"), "{colour}: {svg}");
        }
    }
}

use anyhow::Context as _;
use qrcode::{Color, EcLevel, QrCode};

/// Draws a QR code for a terminal: two modules in each character, light on dark where the
/// terminal is dark, which cameras read as well.
pub(super) fn draw(text: &str) -> anyhow::Result<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)
        .context("the link is too long for a QR code")?;
    let width = code.width();
    let modules = code.to_colors();
    let size = width + 2 * QUIET;
    let is_light = |x: usize, y: usize| {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < width);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => modules.get(y * width + x) != Some(&Color::Dark),
            (Some(_) | None, None) | (None, Some(_)) => true,
        }
    };
    let mut drawing = String::new();
    for y in (0..size).step_by(2) {
        for x in 0..size {
            let below = y + 1 < size && is_light(x, y + 1);
            drawing.push(match (is_light(x, y), below) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        drawing.push('\n');
    }
    Ok(drawing)
}

/// Light modules around the code (ISO/IEC 18004 §9.1).
const QUIET: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drawing_holds_the_modules_of_the_code() {
        let text = "otpauth://totp/Meridian:lee?secret=GEZDGNBVGY3TQOJQ";
        let drawing = draw(text).expect("short enough");
        let code = QrCode::with_error_correction_level(text, EcLevel::M).expect("short enough");
        let lines: Vec<Vec<char>> = drawing.lines().map(|line| line.chars().collect()).collect();
        assert_eq!(lines[0].len(), code.width() + 8);
        for y in 0..code.width() {
            for x in 0..code.width() {
                let (row, column) = (y + QUIET, x + QUIET);
                let light = match lines[row / 2][column] {
                    '█' => true,
                    '▀' => row % 2 == 0,
                    '▄' => row % 2 == 1,
                    _ => false,
                };
                assert_eq!(light, code[(x, y)] == Color::Light, "{x} {y}");
            }
        }
    }
}

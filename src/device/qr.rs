//! The picture of a payment QR, from its text, for whatever the till can show or print.

use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write;
use thiserror::Error;

/// The rule of thumb is a code a tenth as wide as the reading distance: 3 cm at 30 cm, so 0.7 to
/// 0.9 mm for each of the 33 to 45 modules of a payment link. On a screen of 96 dots per inch, 3
/// pixels are 0.8 mm.
pub const SCREEN_MODULE_PX_MIN: u32 = 3;

/// Receipt printers have 203 dots per inch, 0.125 mm each. Three dots are 0.375 mm, the usual lower
/// limit for thermal paper: ink that runs by one dot still leaves the module readable.
pub const PRINTER_MODULE_PX_MIN: u32 = 3;

/// In a terminal a module is one column wide and half a line high, more than any reader needs.
pub const TERMINAL_MODULE_PX_MIN: u32 = 1;

/// The printable width of a 58 mm receipt printer; wider printers print it too.
pub const PRINTER_WIDTH_PX: u32 = 384;

/// The width of everything else, unless the till says otherwise.
pub const SCREEN_WIDTH_PX: u32 = 1024;

/// What no till's screen or printer exceeds: keeps a wrong number from asking for gigabytes.
pub const WIDTH_PX_MAX: u32 = 8192;

/// The light margin that the standard asks for, in modules.
pub const QUIET_ZONE_MODULES: u32 = 4;

/// The longest text, in bytes, that a code with error correction level M holds.
pub const TEXT_LEN_MAX: usize = 2331;

/// Old printers buffer one raster command whole, so the picture is sent in bands of this height.
const BAND_ROWS_MAX: usize = 256;

/// What the picture is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QrFormat {
    /// 1-bit greyscale PNG.
    Png,
    /// SVG, one unit of its coordinates per module.
    Svg,
    /// One bit per pixel, most significant bit first, rows padded to whole bytes, 1 is dark.
    Rows,
    /// The commands that make a receipt printer print it centred; alignment is left afterwards.
    EscPos,
    /// UTF-8 half blocks for a terminal that writes light on dark.
    Terminal,
}

/// What to draw. Start from [`QrRequest::new`].
#[derive(Clone, Copy, Debug)]
pub struct QrRequest<'a> {
    pub text: &'a str,
    pub format: QrFormat,
    /// Pixels per module; 0 takes the smallest that readers cope with.
    pub module_px: u32,
    /// The target's width in pixels, dots or columns; 0 takes the format's usual one.
    pub max_width_px: u32,
    /// The light margin, in modules.
    pub quiet_zone: u32,
}

impl<'a> QrRequest<'a> {
    pub fn new(text: &'a str, format: QrFormat) -> Self {
        Self {
            text,
            format,
            module_px: 0,
            max_width_px: 0,
            quiet_zone: QUIET_ZONE_MODULES,
        }
    }
}

/// A drawn code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QrImage {
    pub bytes: Vec<u8>,
    /// In pixels, dots, or a terminal's columns; margin included.
    pub width: u32,
    /// In pixels, dots, or a terminal's lines; margin included.
    pub height: u32,
    /// The module size that was drawn.
    pub module_px: u32,
    /// The smallest module size that readers cope with on this target.
    pub smallest_module_px: u32,
}

/// Why there is no picture, and what helps.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum QrError {
    #[error("there was no text to draw as a QR code")]
    Empty,
    #[error(
        "{len} bytes were too long for a QR code, which holds {TEXT_LEN_MAX}; use a shorter link"
    )]
    TooLong { len: usize },
    #[error(
        "the QR code was wider than its target: it needs {needed_px} px with modules of \
         {module_px} px, the target has {width_px} px; give a wider target, smaller modules or a \
         smaller margin"
    )]
    TooNarrow {
        needed_px: u32,
        module_px: u32,
        width_px: u32,
    },
    #[error("the PNG of the QR code could not be written: {0}; use another format")]
    Png(String),
}

/// Draws the code of `request.text`.
pub fn render(request: &QrRequest<'_>) -> Result<QrImage, QrError> {
    if request.text.is_empty() {
        return Err(QrError::Empty);
    }
    let code = QrCode::with_error_correction_level(request.text, EcLevel::M).map_err(|_| {
        QrError::TooLong {
            len: request.text.len(),
        }
    })?;
    let target = Target::of(request.format);
    let size = Size::fit(code.width(), request, &target)?;
    let modules = Modules {
        dark: code
            .into_colors()
            .iter()
            .map(|color| *color == Color::Dark)
            .collect(),
        size,
    };
    let bytes = match request.format {
        QrFormat::Png => png(&Pixels::draw(&modules))?,
        QrFormat::Svg => svg(&modules),
        QrFormat::Rows => Pixels::draw(&modules).rows,
        QrFormat::EscPos => escpos(&Pixels::draw(&modules)),
        QrFormat::Terminal => terminal(&Pixels::draw(&modules)),
    };
    let Size {
        width_px,
        module_px,
        ..
    } = modules.size;
    let height = match request.format {
        QrFormat::Terminal => width_px.div_ceil(2),
        _ => width_px,
    };
    let smallest_module_px = target.module_px_min;
    Ok(QrImage {
        bytes,
        width: width_px,
        height,
        module_px,
        smallest_module_px,
    })
}

/// What a format's target can do.
struct Target {
    module_px_min: u32,
    width_px: u32,
}

impl Target {
    fn of(format: QrFormat) -> Self {
        let (module_px_min, width_px) = match format {
            QrFormat::Png | QrFormat::Svg | QrFormat::Rows => {
                (SCREEN_MODULE_PX_MIN, SCREEN_WIDTH_PX)
            }
            QrFormat::EscPos => (PRINTER_MODULE_PX_MIN, PRINTER_WIDTH_PX),
            QrFormat::Terminal => (TERMINAL_MODULE_PX_MIN, SCREEN_WIDTH_PX),
        };
        Self {
            module_px_min,
            width_px,
        }
    }
}

/// The measures of one picture; codes are square, so the width is also the height in pixels.
struct Size {
    /// Modules per side, without the margin.
    code: usize,
    /// Modules per side, margin included.
    modules: u32,
    quiet_zone: u32,
    module_px: u32,
    width_px: u32,
}

impl Size {
    fn fit(code: usize, request: &QrRequest<'_>, target: &Target) -> Result<Self, QrError> {
        let module_px = match request.module_px {
            0 => target.module_px_min,
            asked => asked,
        };
        let width_max = match request.max_width_px {
            0 => target.width_px,
            asked => asked.min(WIDTH_PX_MAX),
        };
        let margins = request.quiet_zone.saturating_mul(2);
        let modules = u32::try_from(code)
            .unwrap_or(u32::MAX)
            .saturating_add(margins);
        let width_px = modules.saturating_mul(module_px);
        if width_px > width_max {
            let (needed_px, width_px) = (width_px, width_max);
            return Err(QrError::TooNarrow {
                needed_px,
                module_px,
                width_px,
            });
        }
        Ok(Self {
            code,
            modules,
            quiet_zone: request.quiet_zone,
            module_px,
            width_px,
        })
    }
}

/// The code and how large it is drawn.
struct Modules {
    /// Row by row, without the margin.
    dark: Vec<bool>,
    size: Size,
}

impl Modules {
    /// Counted from the corner of the margin, which is light.
    fn is_dark(&self, x: u32, y: u32) -> bool {
        let inside = |position: u32| {
            let position = usize::try_from(position.checked_sub(self.size.quiet_zone)?).ok()?;
            (position < self.size.code).then_some(position)
        };
        let (Some(x), Some(y)) = (inside(x), inside(y)) else {
            return false;
        };
        self.dark
            .get(y * self.size.code + x)
            .is_some_and(|dark| *dark)
    }
}

/// The picture as packed bits, 1 is dark.
struct Pixels {
    width: usize,
    row_len: usize,
    rows: Vec<u8>,
}

impl Pixels {
    fn draw(modules: &Modules) -> Self {
        let size = &modules.size;
        let width = usize::try_from(size.width_px).unwrap_or(0);
        let row_len = width.div_ceil(8);
        let mut rows = Vec::with_capacity(row_len.saturating_mul(width));
        for y in 0..size.modules {
            let row = Self::row(modules, y);
            for _ in 0..size.module_px {
                rows.extend_from_slice(&row);
            }
        }
        Self {
            width,
            row_len,
            rows,
        }
    }

    fn row(modules: &Modules, y: u32) -> Vec<u8> {
        let mut row = Vec::new();
        let (mut byte, mut bits) = (0u8, 0u32);
        for x in 0..modules.size.modules {
            let dark = u8::from(modules.is_dark(x, y));
            for _ in 0..modules.size.module_px {
                byte = (byte << 1) | dark;
                bits += 1;
                if bits == 8 {
                    row.push(byte);
                    (byte, bits) = (0, 0);
                }
            }
        }
        if bits > 0 {
            row.push(byte << (8 - bits));
        }
        row
    }

    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.rows.chunks_exact(self.row_len.max(1))
    }
}

fn png(pixels: &Pixels) -> Result<Vec<u8>, QrError> {
    let failed = |error: png::EncodingError| QrError::Png(error.to_string());
    let side = u32::try_from(pixels.width).unwrap_or(0);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().map_err(failed)?;
    // In greyscale 1 is white.
    let inverted: Vec<u8> = pixels.rows.iter().map(|byte| !byte).collect();
    writer.write_image_data(&inverted).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

/// One path of horizontal runs on a white ground; `crispEdges` keeps hairlines out between rows.
fn svg(modules: &Modules) -> Vec<u8> {
    let (side, width) = (modules.size.modules, modules.size.width_px);
    let mut path = String::new();
    for y in 0..side {
        let mut run_start = None;
        for x in 0..=side {
            let dark = x < side && modules.is_dark(x, y);
            match run_start {
                None if dark => run_start = Some(x),
                Some(start) if !dark => {
                    // Writing to a String cannot fail.
                    let length = x.saturating_sub(start);
                    let _ = write!(path, "M{start} {y}h{length}v1h-{length}z");
                    run_start = None;
                }
                _ => {}
            }
        }
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{width}\" \
         viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/>\
         <path fill=\"#000\" d=\"{path}\"/></svg>\n"
    )
    .into_bytes()
}

/// `GS v 0` bands between "centre" and "left". The printer is not initialised: that would undo the
/// till's own settings in the middle of a receipt.
fn escpos(pixels: &Pixels) -> Vec<u8> {
    const CENTRE: [u8; 3] = [0x1b, b'a', 1];
    const LEFT: [u8; 3] = [0x1b, b'a', 0];
    const RASTER: [u8; 4] = [0x1d, b'v', b'0', 0];
    let two_bytes = |count: usize| u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes();
    let row_len = pixels.row_len.max(1);
    let mut bytes = CENTRE.to_vec();
    for band in pixels.rows.chunks(row_len.saturating_mul(BAND_ROWS_MAX)) {
        bytes.extend_from_slice(&RASTER);
        bytes.extend_from_slice(&two_bytes(row_len));
        bytes.extend_from_slice(&two_bytes(band.len() / row_len));
        bytes.extend_from_slice(band);
    }
    bytes.extend_from_slice(&LEFT);
    bytes
}

/// Light modules are drawn and dark ones left out, so that the code is dark on light where the
/// terminal writes light on dark. A missing last half line is light, like the margin above it.
fn terminal(pixels: &Pixels) -> Vec<u8> {
    let lines: Vec<&[u8]> = pixels.lines().collect();
    let dark_at = |line: &[u8], x: usize| {
        line.get(x / 8)
            .is_some_and(|byte| byte & (0x80 >> (x % 8)) != 0)
    };
    let mut text = String::new();
    for pair in lines.chunks(2) {
        let dark_half = |half: usize, x| pair.get(half).is_some_and(|line| dark_at(line, x));
        for x in 0..pixels.width {
            text.push(match (dark_half(0, x), dark_half(1, x)) {
                (false, false) => '█',
                (false, true) => '▀',
                (true, false) => '▄',
                (true, true) => ' ',
            });
        }
        text.push('\n');
    }
    text.into_bytes()
}

#[cfg(test)]
#[path = "qr_tests.rs"]
mod tests;

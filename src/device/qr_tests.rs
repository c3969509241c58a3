//! Every picture is read back and decoded.

use super::*;

const FORMATS: [QrFormat; 5] = [
    QrFormat::Png,
    QrFormat::Svg,
    QrFormat::Rows,
    QrFormat::EscPos,
    QrFormat::Terminal,
];

/// A picture read back: whether each pixel is dark.
struct Picture {
    width: usize,
    height: usize,
    dark: Vec<bool>,
}

impl Picture {
    fn is_dark(&self, x: usize, y: usize) -> bool {
        self.dark[y * self.width + x]
    }

    fn from_rows(rows: &[u8], width: usize) -> Self {
        let row_len = width.div_ceil(8);
        assert_eq!(rows.len() % row_len, 0);
        let dark = rows
            .chunks(row_len)
            .flat_map(|row| (0..width).map(|x| row[x / 8] & (0x80 >> (x % 8)) != 0))
            .collect();
        Self {
            width,
            height: rows.len() / row_len,
            dark,
        }
    }

    fn from_png(bytes: &[u8]) -> Self {
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes))
            .read_info()
            .unwrap();
        assert_eq!(reader.info().color_type, png::ColorType::Grayscale);
        assert_eq!(reader.info().bit_depth, png::BitDepth::One);
        let mut buffer = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut buffer).unwrap();
        let inverted: Vec<u8> = buffer[..info.buffer_size()]
            .iter()
            .map(|byte| !byte)
            .collect();
        Self::from_rows(&inverted, usize::try_from(info.width).unwrap())
    }

    /// Draws the runs of the second path, one pixel per module.
    fn from_svg(bytes: &[u8]) -> Self {
        let text = std::str::from_utf8(bytes).unwrap();
        let between = |text: &str, before: &str, after: &str| {
            let rest = text.split_once(before).unwrap().1;
            rest.split_once(after).unwrap().0.to_owned()
        };
        let side: usize = between(text, "viewBox=\"0 0 ", " ").parse().unwrap();
        let mut dark = vec![false; side * side];
        for run in between(text, "fill=\"#000\" d=\"M", "z\"").split("zM") {
            let (start, shape) = run.split_once('h').unwrap();
            let (x, y) = start.split_once(' ').unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            let (length, rest) = shape.split_once('v').unwrap();
            assert_eq!(rest, format!("1h-{length}"));
            for offset in 0..length.parse::<usize>().unwrap() {
                dark[y * side + x + offset] = true;
            }
        }
        Self {
            width: side,
            height: side,
            dark,
        }
    }

    /// Reads the printer's commands as a printer would.
    fn from_escpos(bytes: &[u8], width: usize) -> Self {
        let mut rest = bytes.strip_prefix(b"\x1ba\x01").expect("centred");
        rest = rest.strip_suffix(b"\x1ba\x00").expect("left again");
        let mut rows = Vec::new();
        while !rest.is_empty() {
            let (command, tail) = rest.split_at(8);
            assert_eq!(&command[..4], b"\x1dv0\x00");
            let row_len = usize::from(u16::from_le_bytes([command[4], command[5]]));
            let height = usize::from(u16::from_le_bytes([command[6], command[7]]));
            assert_eq!(row_len, width.div_ceil(8));
            assert!((1..=256).contains(&height));
            let (band, tail) = tail.split_at(row_len * height);
            rows.extend_from_slice(band);
            rest = tail;
        }
        Self::from_rows(&rows, width)
    }

    fn from_terminal(bytes: &[u8]) -> Self {
        let text = std::str::from_utf8(bytes).unwrap();
        assert!(text.ends_with('\n'));
        let width = text.lines().next().unwrap().chars().count();
        let mut dark = Vec::new();
        for line in text.lines() {
            assert_eq!(line.chars().count(), width);
            dark.extend(line.chars().map(|block| matches!(block, ' ' | '▄')));
            dark.extend(line.chars().map(|block| matches!(block, ' ' | '▀')));
        }
        Self {
            width,
            height: dark.len() / width,
            dark,
        }
    }

    fn read(image: &QrImage, format: QrFormat) -> Self {
        let width = usize::try_from(image.width).unwrap();
        match format {
            QrFormat::Png => Self::from_png(&image.bytes),
            QrFormat::Svg => Self::from_svg(&image.bytes),
            QrFormat::Rows => Self::from_rows(&image.bytes, width),
            QrFormat::EscPos => Self::from_escpos(&image.bytes, width),
            QrFormat::Terminal => Self::from_terminal(&image.bytes),
        }
    }

    /// Decodes by sampling the middle of each module between the margins.
    fn decode(&self, module_px: usize, quiet_zone: usize) -> String {
        let side = self.width / module_px - 2 * quiet_zone;
        let sample = |position: usize| (position + quiet_zone) * module_px + module_px / 2;
        let bitmap = rqrr::SimpleGrid::from_func(side, |x, y| self.is_dark(sample(x), sample(y)));
        rqrr::Grid::new(bitmap).decode().unwrap().1
    }

    /// Decodes as a reader does: finds the code in the picture first.
    fn find_and_decode(&self) -> String {
        let greyscale = |x, y| if self.is_dark(x, y) { 0 } else { 255 };
        let mut prepared =
            rqrr::PreparedImage::prepare_from_greyscale(self.width, self.height, greyscale);
        let grids = prepared.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().unwrap().1
    }
}

fn text_of_len(len: usize) -> String {
    let mut text = String::new();
    for letter in "https://pay.example/ä/€/оплата?till=7&id=".chars().cycle() {
        if text.len() + letter.len_utf8() > len {
            break;
        }
        text.push(letter);
    }
    while text.len() < len {
        text.push('x');
    }
    text
}

fn assert_decodes(request: &QrRequest<'_>) {
    let image = render(request).unwrap();
    let format = request.format;
    let picture = Picture::read(&image, format);
    let drawn_px = if format == QrFormat::Svg {
        1
    } else {
        image.module_px
    };
    let [drawn_px, quiet_zone] =
        [drawn_px, request.quiet_zone].map(|number| usize::try_from(number).unwrap());
    let decoded = picture.decode(drawn_px, quiet_zone);
    assert_eq!(
        decoded,
        request.text,
        "{format:?}, {} bytes",
        request.text.len()
    );
}

#[test]
fn every_length_decodes_to_its_text() {
    for len in 1..=500 {
        let text = text_of_len(len);
        assert_eq!(text.len(), len);
        assert_decodes(&QrRequest::new(&text, FORMATS[len % FORMATS.len()]));
    }
}

#[test]
fn every_format_decodes_at_both_ends_and_between() {
    for len in [1, 40, 41, 213, 499, 500] {
        let text = text_of_len(len);
        for format in FORMATS {
            assert_decodes(&QrRequest::new(&text, format));
        }
    }
}

#[test]
fn a_reader_finds_the_code_in_the_picture() {
    for len in [1, 30, 120, 500] {
        let text = text_of_len(len);
        for format in [QrFormat::Png, QrFormat::Rows, QrFormat::EscPos] {
            let image = render(&QrRequest::new(&text, format)).unwrap();
            assert_eq!(
                Picture::read(&image, format).find_and_decode(),
                text,
                "{format:?} {len}"
            );
        }
    }
}

#[test]
fn other_module_sizes_and_margins_decode_too() {
    for format in FORMATS {
        for module_px in 1..=7 {
            for quiet_zone in 0..=5 {
                let request = QrRequest {
                    module_px,
                    quiet_zone,
                    ..QrRequest::new("Hyvää!", format)
                };
                assert_decodes(&request);
            }
        }
    }
}

#[test]
fn measures_are_those_of_the_picture() {
    for format in FORMATS {
        let image = render(&QrRequest::new("00020101", format)).unwrap();
        let modules = 21 + 2 * QUIET_ZONE_MODULES;
        assert_eq!(image.module_px, image.smallest_module_px);
        assert_eq!(image.width, modules * image.module_px);
        let halves = if format == QrFormat::Terminal { 2 } else { 1 };
        assert_eq!(image.height, image.width.div_ceil(halves));
    }
}

#[test]
fn a_tall_code_is_printed_in_bands() {
    let text = text_of_len(500);
    let request = QrRequest {
        module_px: 4,
        ..QrRequest::new(&text, QrFormat::EscPos)
    };
    let image = render(&request).unwrap();
    assert!(image.height > 256, "{}", image.height);
    let commands = image
        .bytes
        .windows(4)
        .filter(|bytes| *bytes == b"\x1dv0\x00")
        .count();
    assert_eq!(commands, 2);
}

#[test]
fn a_terminal_code_has_a_drawn_margin() {
    let image = render(&QrRequest::new("00020101", QrFormat::Terminal)).unwrap();
    let text = String::from_utf8(image.bytes).unwrap();
    assert!(
        text.lines()
            .take(2)
            .all(|line| line.chars().all(|block| block == '█'))
    );
    assert!(
        text.lines()
            .all(|line| line.starts_with("████") && line.ends_with("████"))
    );
    assert_eq!(text.lines().count(), usize::try_from(image.height).unwrap());
}

#[test]
fn a_narrow_target_is_told_what_it_needs() {
    let text = text_of_len(500);
    let request = QrRequest {
        max_width_px: 200,
        ..QrRequest::new(&text, QrFormat::EscPos)
    };
    let error = render(&request).unwrap_err();
    let QrError::TooNarrow {
        needed_px,
        module_px,
        width_px,
    } = error.clone()
    else {
        panic!("{error}");
    };
    assert_eq!((module_px, width_px), (3, 200));
    assert!(
        error.to_string().contains(&format!("needs {needed_px} px")),
        "{error}"
    );
    assert!(
        render(&QrRequest {
            max_width_px: needed_px,
            ..request
        })
        .is_ok()
    );
    assert!(
        render(&QrRequest {
            max_width_px: needed_px - 1,
            ..request
        })
        .is_err()
    );
}

#[test]
fn absurd_numbers_are_refused_without_a_picture() {
    let plain = QrRequest::new("00020101", QrFormat::Png);
    for request in [
        QrRequest {
            module_px: u32::MAX,
            max_width_px: u32::MAX,
            ..plain
        },
        QrRequest {
            quiet_zone: u32::MAX,
            max_width_px: u32::MAX,
            ..plain
        },
        QrRequest {
            module_px: 10_000,
            max_width_px: u32::MAX,
            ..plain
        },
    ] {
        assert!(matches!(render(&request), Err(QrError::TooNarrow { .. })));
    }
}

#[test]
fn the_longest_text_is_drawn_and_a_longer_one_refused() {
    let longest = "ä".repeat(TEXT_LEN_MAX / 2) + "x";
    assert_decodes(&QrRequest::new(&longest, QrFormat::Rows));
    let error = render(&QrRequest::new(&format!("{longest}x"), QrFormat::Rows)).unwrap_err();
    assert_eq!(
        error,
        QrError::TooLong {
            len: TEXT_LEN_MAX + 1
        }
    );
    assert_eq!(
        render(&QrRequest::new("", QrFormat::Rows)),
        Err(QrError::Empty)
    );
}

import AnimoPictures

/// Layout of a contact sheet, in pixels.
struct SheetLayout {
    /// One line of text at its place.
    struct Line {
        /// A single line, already wrapped.
        let text: String
        /// Left edge of its ink, in pixels.
        let x: Double
        /// Upper edge of its line box, in pixels.
        let y: Double
        /// Size, colour and pen.
        let style: TextStyle
    }

    /// Place of one cell's picture.
    struct Place {
        /// nil for an empty cell.
        let picture: Picture?
        /// Left edge, in pixels.
        let x: Int
        /// Upper edge, in pixels.
        let y: Int
    }

    /// Background of the sheet, 0…255.
    static let paper = SIMD3<Float>(250, 250, 248)
    /// Frames around pictures, 0…255.
    static let border = SIMD3<Float>(206, 209, 216)
    /// Cells without a picture, 0…255.
    static let empty = SIMD3<Float>(240, 240, 238)
    private static let ink = SIMD3<Float>(32, 34, 40)
    private static let soft = SIMD3<Float>(98, 102, 114)

    /// Width of the whole sheet, in pixels.
    private(set) var width = 0
    /// Height of the whole sheet, in pixels.
    private(set) var height = 0
    /// Title, headings, labels and captions, from top to bottom.
    private(set) var lines: [Line] = []
    /// Cells, row by row.
    private(set) var places: [Place] = []

    private let sheet: ContactSheet
    private let titleStyle, subtitleStyle, headingStyle, captionStyle: TextStyle
    private let margin, gap: Double

    /// Arranges a sheet; text is twice as large beside cells of 192 pixels or more.
    init(_ sheet: ContactSheet) {
        self.sheet = sheet
        let scale = sheet.cellSide >= 192 ? 2.0 : 1.0
        titleStyle = TextStyle(scale: scale == 1 ? 1.5 : 2.5, colour: Self.ink, pen: 1.6)
        subtitleStyle = TextStyle(scale: scale, colour: Self.soft, pen: 1.2)
        headingStyle = TextStyle(scale: scale, colour: Self.ink, pen: 1.45)
        captionStyle = TextStyle(scale: scale, colour: Self.soft, pen: 1.2)
        margin = 20 * scale
        gap = 12 * scale
        arrange()
    }

    private mutating func arrange() {
        let columnCount = max(sheet.columns.count, sheet.rows.map(\.cells.count).max() ?? 0)
        let side = Double(sheet.cellSide)
        let columnWidths = (0..<columnCount).map { column -> Double in
            let heading = column < sheet.columns.count ? headingStyle.narrowest(sheet.columns[column]) : 0
            let captions = sheet.rows.map { row in
                column < row.cells.count ? captionStyle.narrowest(row.cells[column].caption ?? "") : 0
            }
            return max(side, heading, captions.max() ?? 0).rounded(.up)
        }
        // Labels take what they need up to one and a half cells, and wrap beyond.
        let natural = sheet.rows.map { headingStyle.width(of: $0.label) }.max() ?? 0
        let narrowest = sheet.rows.map { headingStyle.narrowest($0.label) }.max() ?? 0
        let labelRoom = max(min(natural, max(1.5 * side, 120)), narrowest)
        let labelWidth =
            sheet.rows.flatMap { headingStyle.wrap($0.label, width: labelRoom) }
            .map { headingStyle.width(of: $0) }.max() ?? 0
        let left = margin + (labelWidth > 0 ? labelWidth + gap : 0)
        let gridWidth = columnWidths.reduce(0, +) + gap * Double(max(columnCount - 1, 0))
        let textWidth = max(
            left + gridWidth - margin, titleStyle.narrowest(sheet.title), subtitleStyle.narrowest(sheet.subtitle),
            min(titleStyle.width(of: sheet.title), 480))

        var y = margin
        y = write(sheet.title, titleStyle, left: margin, y: y, within: textWidth)
        y = write(sheet.subtitle, subtitleStyle, left: margin, y: y, within: textWidth)
        if y > margin { y += gap * 0.75 }

        var columnLefts: [Double] = []
        var edge = left
        for width in columnWidths {
            columnLefts.append(edge)
            edge += width + gap
        }
        y = writeHeadings(columnLefts, columnWidths, y: y)
        for row in sheet.rows {
            y = place(row, columnLefts, columnWidths, labelWidth: labelWidth, y: y)
        }
        width = Int((margin + textWidth + margin).rounded(.up))
        height = Int((y - gap + margin).rounded(.up))
    }

    /// Writes wrapped text flush left and returns where it ends.
    private mutating func write(
        _ text: String, _ style: TextStyle, left: Double, y: Double, within width: Double
    ) -> Double {
        guard !text.isEmpty else { return y }
        var y = y
        for line in style.wrap(text, width: width) {
            lines.append(Line(text: line, x: left, y: y, style: style))
            y += style.lineHeight
        }
        return y
    }

    /// Headings stand on a common base line, centred over their columns.
    private mutating func writeHeadings(_ lefts: [Double], _ widths: [Double], y: Double) -> Double {
        let wrapped = zip(sheet.columns, widths).map { headingStyle.wrap($0, width: $1) }
        let most = wrapped.map { $0 == [""] ? 0 : $0.count }.max() ?? 0
        guard most > 0 else { return y }
        for (column, texts) in wrapped.enumerated() {
            centre(
                texts, headingStyle, left: lefts[column], width: widths[column],
                y: y + headingStyle.lineHeight * Double(most - texts.count))
        }
        return y + headingStyle.lineHeight * Double(most) + 4
    }

    /// Places a row's pictures, captions and label, and returns where the next row begins.
    private mutating func place(
        _ row: ContactSheet.Row, _ lefts: [Double], _ widths: [Double], labelWidth: Double, y: Double
    ) -> Double {
        let side = Double(sheet.cellSide)
        var captionHeight = 0.0
        for (column, cell) in row.cells.enumerated() {
            let x = (lefts[column] + (widths[column] - side) / 2).rounded()
            places.append(Place(picture: cell.picture, x: Int(x), y: Int(y)))
            guard let caption = cell.caption, !caption.isEmpty else { continue }
            let texts = captionStyle.wrap(caption, width: widths[column])
            centre(texts, captionStyle, left: lefts[column], width: widths[column], y: y + side + 4)
            captionHeight = max(captionHeight, captionStyle.lineHeight * Double(texts.count) + 4)
        }
        let label = row.label.isEmpty ? [] : headingStyle.wrap(row.label, width: labelWidth)
        let labelHeight = headingStyle.lineHeight * Double(label.count)
        for (index, text) in label.enumerated() {
            let top = y + max((side - labelHeight) / 2, 0) + headingStyle.lineHeight * Double(index)
            lines.append(
                Line(
                    text: text, x: margin + labelWidth - headingStyle.width(of: text), y: top.rounded(),
                    style: headingStyle))
        }
        return (y + max(side + captionHeight, labelHeight) + gap).rounded()
    }

    private mutating func centre(_ texts: [String], _ style: TextStyle, left: Double, width: Double, y: Double) {
        for (index, text) in texts.enumerated() {
            let x = left + (width - style.width(of: text)) / 2
            lines.append(Line(text: text, x: x, y: y + style.lineHeight * Double(index), style: style))
        }
    }
}

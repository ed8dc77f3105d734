import AnimoPictures

/// A grid of labelled pictures to look at: title, headings over the columns and beside the rows, captions under the
/// pictures. Text is wrapped to the cells; what cannot be wrapped widens them, so that nothing overlaps or is cut.
package struct ContactSheet: Sendable {
    /// One place of the grid.
    package struct Cell: Sendable {
        /// The picture, fitted into the cell; nil leaves it empty.
        package var picture: Picture?
        /// Text below the picture.
        package var caption: String?

        /// Creates one from its fields.
        package init(picture: Picture?, caption: String? = nil) {
            self.picture = picture
            self.caption = caption
        }
    }

    /// A row of cells with its label.
    package struct Row: Sendable {
        /// Text at the left.
        package var label: String
        /// Cells from left to right.
        package var cells: [Cell]

        /// Creates one from its fields.
        package init(label: String, cells: [Cell]) {
            self.label = label
            self.cells = cells
        }
    }

    /// Title at the top.
    package var title: String
    /// A smaller line under the title; may be empty.
    package var subtitle: String
    /// Headings; may be fewer than there are cells in a row, or none.
    package var columns: [String]
    /// Rows from top to bottom.
    package var rows: [Row]
    /// Side of a picture in pixels. Pictures are fitted into it with their aspect kept.
    package var cellSide: Int

    /// Creates a sheet; without columns they have no titles.
    package init(title: String, subtitle: String = "", columns: [String] = [], rows: [Row], cellSide: Int = 128) {
        self.title = title
        self.subtitle = subtitle
        self.columns = columns
        self.rows = rows
        self.cellSide = min(max(cellSide, 16), 2048)
    }

    /// Draws the sheet, as large as it needs to be.
    package func render() -> Picture {
        let layout = SheetLayout(self)
        var canvas = Canvas(width: layout.width, height: layout.height, background: SheetLayout.paper)
        for line in layout.lines { canvas.draw(line.text, x: line.x, y: line.y, line.style) }
        for place in layout.places {
            canvas.frame(
                x: place.x, y: place.y, width: cellSide, height: cellSide, thickness: 1, SheetLayout.border)
            guard let picture = place.picture, let fitted = Self.fit(picture, in: cellSide) else {
                canvas.fill(x: place.x, y: place.y, width: cellSide, height: cellSide, SheetLayout.empty)
                continue
            }
            canvas.draw(fitted, x: place.x, y: place.y)
        }
        return canvas.picture
    }

    private static func fit(_ picture: Picture, in side: Int) -> Picture? {
        try? Preparation.prepare(picture, side: side, background: .white).picture
    }
}

/// Arguments to lay what a network paints over a picture, one row of RGBA pixels:
///
/// output = α · colour + (1 − α) · base, with α = sigmoid(heads[alpha…]), colour = tanh(heads[colour…]) and, where
/// there is a grid, base = picture at (x + gx · width/2, y + gy · height/2), bilinear, held inside the picture.
package struct LayerRowArguments {
    /// Picture that lies below: (height, width, pixel), the first four floats of a pixel are its channels.
    package var picture: UnsafePointer<Float>
    /// Floats of a pixel of ``picture``.
    package var picturePixel: Int
    /// Rows of ``picture``.
    package var height: Int
    /// Columns of ``picture``.
    package var width: Int
    /// The row that is made, and how many pixels it has.
    package var y: Int
    /// The heads' outputs of this row, nil where nothing is painted.
    package var heads: UnsafePointer<Float>?
    /// Floats of a pixel of ``heads``.
    package var headsPixel: Int
    /// Channels of the heads: one alpha or four, four of colour.
    package var alpha: Int
    /// Whether each channel has an alpha of its own.
    package var hasFourAlphas: Bool
    /// First of the heads' four channels of colour.
    package var colour: Int
    /// Whether picture and colour change places in the mix.
    package var isSwapped: Bool
    /// The heads' channels of the grid's x and y, this row; nil reads the picture as it is.
    package var grid: UnsafePointer<Float>?
    /// Floats of a pixel of ``grid``.
    package var gridPixel: Int
    /// Grid that is added to `grid`, this row; nil for none.
    package var baseGrid: UnsafePointer<Float>?
    /// Floats of a pixel of ``baseGrid``.
    package var baseGridPixel: Int
    /// Of each pixel 1 where what lies below has more than ``coveringAlpha``, else 0; nil where it is not wanted.
    package var covered: UnsafeMutablePointer<UInt8>?
    /// Alpha above which a pixel counts as covered, -1…1.
    package var coveringAlpha: Float = 0
    /// Four channels of each pixel are written, and four zeros.
    package var output: UnsafeMutablePointer<Float>
    /// Floats of a pixel of ``output``.
    package var outputPixel: Int

    /// Creates arguments that copy the picture's row; what paints and moves is set besides.
    package init(
        picture: UnsafePointer<Float>, picturePixel: Int, height: Int, width: Int, y: Int,
        output: UnsafeMutablePointer<Float>, outputPixel: Int
    ) {
        self.picture = picture
        self.picturePixel = picturePixel
        self.height = height
        self.width = width
        self.y = y
        headsPixel = 0
        alpha = 0
        hasFourAlphas = false
        colour = 0
        isSwapped = false
        gridPixel = 0
        baseGridPixel = 0
        self.output = output
        self.outputPixel = outputPixel
    }
}

/// Arguments to make a row of a picture and, enlarged by two (bilinear, unaligned corners), a smaller picture and a grid
/// side by side: output = picture 4, smaller picture 4, grid 2, zeros to 16 channels.
package struct EnlargeRowArguments {
    /// Row of the picture, 2 · ``width`` pixels; the first four floats of one are its channels.
    package var picture: UnsafePointer<Float>
    /// Floats of a pixel of ``picture``.
    package var picturePixel: Int
    /// The two rows of the smaller picture that the output lies between; the first four floats of a pixel are read.
    package var upper: UnsafePointer<Float>
    /// See ``upper``.
    package var lower: UnsafePointer<Float>
    /// Floats of a pixel of ``upper`` and ``lower``.
    package var smallPixel: Int
    /// The same rows of the grid; the first two floats of a pixel are read.
    package var gridUpper: UnsafePointer<Float>
    /// See ``gridUpper``.
    package var gridLower: UnsafePointer<Float>
    /// Floats of a pixel of ``gridUpper`` and ``gridLower``.
    package var gridPixel: Int
    /// Weight of the lower rows, 0…1.
    package var down: Float
    /// Pixels of a smaller row.
    package var width: Int
    /// Row that is written, 2 · ``width`` pixels.
    package var output: UnsafeMutablePointer<Float>
    /// Floats of a pixel of ``output``, 16.
    package var outputPixel: Int

    /// Creates the arguments from their fields.
    package init(
        picture: UnsafePointer<Float>, picturePixel: Int, upper: UnsafePointer<Float>, lower: UnsafePointer<Float>,
        smallPixel: Int, gridUpper: UnsafePointer<Float>, gridLower: UnsafePointer<Float>, gridPixel: Int,
        down: Float, width: Int, output: UnsafeMutablePointer<Float>, outputPixel: Int
    ) {
        self.picture = picture
        self.picturePixel = picturePixel
        self.upper = upper
        self.lower = lower
        self.smallPixel = smallPixel
        self.gridUpper = gridUpper
        self.gridLower = gridLower
        self.gridPixel = gridPixel
        self.down = down
        self.width = width
        self.output = output
        self.outputPixel = outputPixel
    }
}

/// Arguments to bring a row of RGBA pixels from linear light, -1…1, to sRGB, 0…1; alpha, -1…1, to 0…1.
package struct DisplayRowArguments {
    /// Row in linear light, -1…1; the first four floats of a pixel are its channels.
    package var input: UnsafePointer<Float>
    /// Floats of a pixel of ``input``.
    package var inputPixel: Int
    /// Pixels to convert.
    package var width: Int
    /// (width, 4)
    package var output: UnsafeMutablePointer<Float>

    /// Creates the arguments from their fields.
    package init(
        input: UnsafePointer<Float>, inputPixel: Int, width: Int, output: UnsafeMutablePointer<Float>
    ) {
        self.input = input
        self.inputPixel = inputPixel
        self.width = width
        self.output = output
    }
}

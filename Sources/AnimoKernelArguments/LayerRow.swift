/// Arguments to lay what a network paints over a picture, one row of RGBA pixels:
///
/// output = α · colour + (1 − α) · base, with α = sigmoid(heads[alpha…]), colour = tanh(heads[colour…]) and, where
/// there is a grid, base = picture at (x + gx · width/2, y + gy · height/2), bilinear, held inside the picture.
public struct LayerRowArguments {
    /// Of the picture that lies below: (height, width, pixel), the first four floats of a pixel are its channels.
    public var picture: UnsafePointer<Float>
    public var picturePixel: Int
    public var height: Int
    public var width: Int
    /// The row that is made, and how many pixels it has.
    public var y: Int
    /// The heads' outputs of this row, nil where nothing is painted.
    public var heads: UnsafePointer<Float>?
    public var headsPixel: Int
    /// Channels of the heads: one alpha or four, four of colour.
    public var alpha: Int
    public var hasFourAlphas: Bool
    public var colour: Int
    /// Whether picture and colour change places in the mix.
    public var isSwapped: Bool
    /// The heads' channels of the grid's x and y, this row; nil reads the picture as it is.
    public var grid: UnsafePointer<Float>?
    public var gridPixel: Int
    /// What is added to the grid, this row.
    public var baseGrid: UnsafePointer<Float>?
    public var baseGridPixel: Int
    /// Four channels of each pixel are written, and four zeros.
    public var output: UnsafeMutablePointer<Float>
    public var outputPixel: Int

    public init(
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

/// Arguments to bring a row of RGBA pixels from linear light, -1…1, to sRGB, 0…1; alpha, -1…1, to 0…1.
public struct DisplayRowArguments {
    public var input: UnsafePointer<Float>
    public var inputPixel: Int
    public var width: Int
    /// (width, 4)
    public var output: UnsafeMutablePointer<Float>

    public init(
        input: UnsafePointer<Float>, inputPixel: Int, width: Int, output: UnsafeMutablePointer<Float>
    ) {
        self.input = input
        self.inputPixel = inputPixel
        self.width = width
        self.output = output
    }
}

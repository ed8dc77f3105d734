/// Weights of one input for the columns of a panel.
protocol PanelRow {
    static var width: Int { get }
    init(_ place: UnsafePointer<Float>)
}

struct TwoVectors: PanelRow {
    let first: Vector
    let second: Vector
    static var width: Int { @inline(__always) get { 2 * lanes } }
    @inline(__always)
    init(_ place: UnsafePointer<Float>) {
        first = load(place)
        second = load(place + lanes)
    }
}

struct OneVector: PanelRow {
    let first: Vector
    static var width: Int { @inline(__always) get { lanes } }
    @inline(__always)
    init(_ place: UnsafePointer<Float>) { first = load(place) }
}

/// Sums of a few rows (pixels or tiles) by the columns of one panel, held in registers.
protocol Block {
    associatedtype Weights: PanelRow
    static var rows: Int { get }
    init(startingAt bias: Weights)
    init()
    /// Adds input · weights for one input of every row; rows are `stride` floats apart.
    mutating func add(_ input: UnsafePointer<Float>, _ stride: Int, _ weights: Weights)
    func save(_ output: UnsafeMutablePointer<Float>, _ stride: Int)
}

struct WideRow: Block {
    var first = Vector.zero
    var second = Vector.zero
    static var rows: Int { @inline(__always) get { 1 } }
    @inline(__always)
    init() {}
    @inline(__always)
    init(startingAt bias: TwoVectors) {
        first = bias.first
        second = bias.second
    }
    @inline(__always)
    mutating func add(_ input: UnsafePointer<Float>, _ stride: Int, _ weights: TwoVectors) {
        let value = Vector(repeating: input.pointee)
        first = fused(value, weights.first, first)
        second = fused(value, weights.second, second)
    }
    @inline(__always)
    func save(_ output: UnsafeMutablePointer<Float>, _ stride: Int) {
        store(output, first)
        store(output + lanes, second)
    }
}

struct SlimRow: Block {
    var first = Vector.zero
    static var rows: Int { @inline(__always) get { 1 } }
    @inline(__always)
    init() {}
    @inline(__always)
    init(startingAt bias: OneVector) { first = bias.first }
    @inline(__always)
    mutating func add(_ input: UnsafePointer<Float>, _ stride: Int, _ weights: OneVector) {
        first = fused(Vector(repeating: input.pointee), weights.first, first)
    }
    @inline(__always)
    func save(_ output: UnsafeMutablePointer<Float>, _ stride: Int) { store(output, first) }
}

/// Two blocks, one below the other.
struct Stack<Upper: Block, Lower: Block>: Block where Upper.Weights == Lower.Weights {
    var upper: Upper
    var lower: Lower
    static var rows: Int { @inline(__always) get { Upper.rows + Lower.rows } }
    @inline(__always)
    init() {
        upper = Upper()
        lower = Lower()
    }
    @inline(__always)
    init(startingAt bias: Upper.Weights) {
        upper = Upper(startingAt: bias)
        lower = Lower(startingAt: bias)
    }
    @inline(__always)
    mutating func add(_ input: UnsafePointer<Float>, _ stride: Int, _ weights: Upper.Weights) {
        upper.add(input, stride, weights)
        lower.add(input + Upper.rows * stride, stride, weights)
    }
    @inline(__always)
    func save(_ output: UnsafeMutablePointer<Float>, _ stride: Int) {
        upper.save(output, stride)
        lower.save(output + Upper.rows * stride, stride)
    }
}

typealias Wide2 = Stack<WideRow, WideRow>
typealias Wide3 = Stack<Wide2, WideRow>
typealias Wide4 = Stack<Wide2, Wide2>
typealias Wide5 = Stack<Wide4, WideRow>
typealias Wide6 = Stack<Wide4, Wide2>
typealias Wide7 = Stack<Wide4, Wide3>
typealias Wide8 = Stack<Wide4, Wide4>
typealias Wide9 = Stack<Wide8, WideRow>
typealias Wide10 = Stack<Wide8, Wide2>
typealias Wide11 = Stack<Wide8, Wide3>
typealias Wide12 = Stack<Wide8, Wide4>
typealias Slim2 = Stack<SlimRow, SlimRow>
typealias Slim4 = Stack<Slim2, Slim2>
typealias Slim8 = Stack<Slim4, Slim4>
typealias Slim12 = Stack<Slim8, Slim4>

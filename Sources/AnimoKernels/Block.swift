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

typealias Twice<B: Block> = Stack<B, B>
typealias Thrice<B: Block> = Stack<B, Stack<B, B>>

// A fused multiply-add takes four to five cycles and two start in each, so eight to ten sums must be under way;
// the tallest block also has to fit the registers, 16 of 8 floats or 32 of 16.
#if ANIMO_WIDE
    typealias TallWide = Twice<Thrice<Twice<WideRow>>>
    typealias TallSlim = Twice<Thrice<Twice<SlimRow>>>
#else
    typealias TallWide = Thrice<Twice<WideRow>>
    typealias TallSlim = Twice<Thrice<Twice<SlimRow>>>
#endif
typealias ShortWide = Thrice<WideRow>
typealias ShortSlim = Thrice<SlimRow>

import CProcessor

#if ANIMO_WIDE
    typealias Vector = SIMD16<Float>
#else
    typealias Vector = SIMD8<Float>
#endif

let lanes = Vector.scalarCount

@inline(__always)
func load(_ place: UnsafePointer<Float>) -> Vector { UnsafeRawPointer(place).loadUnaligned(as: Vector.self) }

@inline(__always)
func store(_ place: UnsafeMutablePointer<Float>, _ value: Vector) {
    UnsafeMutableRawPointer(place).storeBytes(of: value, as: Vector.self)
}

/// a · b + c in one rounding.
@inline(__always)
func fused(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
    #if ANIMO_WIDE
        vector16_fused(a, b, c)
    #else
        vector8_fused(a, b, c)
    #endif
}

/// a · b + c for a number a.
@inline(__always)
func fused(_ a: Float, _ b: Vector, _ c: Vector) -> Vector { fused(Vector(repeating: a), b, c) }

/// The larger of two, lane by lane.
@inline(__always)
func larger(_ a: Vector, _ b: Vector) -> Vector {
    #if ANIMO_WIDE
        vector16_larger(a, b)
    #else
        vector8_larger(a, b)
    #endif
}

/// The larger of x and slope · x: leaky ReLU for slopes under 1.
@inline(__always)
func leaky(_ x: Vector, _ slope: Vector) -> Vector { larger(x, x * slope) }

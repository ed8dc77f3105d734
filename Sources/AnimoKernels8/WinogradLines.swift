// One-dimensional transforms of F(4, 3), points 0, ±1, ±2, ∞, and F(6, 3), points 0, ±1, ±2, ±1/2, ∞.

typealias Line4 = (Vector, Vector, Vector, Vector)
typealias Line6 = (Vector, Vector, Vector, Vector, Vector, Vector)
typealias Line8 = (Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector)

@inline(__always)
func inputLine(_ d: Line6) -> Line6 {
    let a = fused(-4, d.2, d.4)
    let b = fused(-4, d.1, d.3)
    let c = d.4 - d.2
    let e = (d.3 - d.1) * 2
    return (
        fused(4, d.0, fused(-5, d.2, d.4)), a + b, a - b, c + e, c - e, fused(4, d.1, fused(-5, d.3, d.5))
    )
}

@inline(__always)
func outputLine(_ m: Line6) -> Line4 {
    let (s, t) = (m.1 + m.2, m.1 - m.2)
    let (u, v) = (m.3 + m.4, m.3 - m.4)
    return (m.0 + s + u, fused(2, v, t), fused(4, u, s), fused(8, v, t) + m.5)
}

@inline(__always)
func inputLine(_ d: Line8) -> Line8 {
    let a = fused(-4.25, d.4, d.2 + d.6)
    let b = fused(-4.25, d.3, d.1 + d.5)
    let c = fused(0.25, d.2, fused(-1.25, d.4, d.6))
    let e = fused(0.5, d.1, fused(-2.5, d.3, d.5 * 2))
    let f = fused(4, d.2, fused(-5, d.4, d.6))
    let g = fused(2, d.1, fused(-2.5, d.3, d.5 * 0.5))
    return (
        fused(5.25, d.4 - d.2, d.0 - d.6), a + b, a - b, c + e, c - e, f + g, f - g,
        fused(5.25, d.3 - d.5, d.7 - d.1)
    )
}

@inline(__always)
func outputLine(_ m: Line8) -> Line6 {
    let (s, t) = (m.1 + m.2, m.1 - m.2)
    let (u, v) = (m.3 + m.4, m.3 - m.4)
    let (w, z) = (m.5 + m.6, m.5 - m.6)
    return (
        m.0 + s + fused(32, w, u), fused(16, z, fused(2, v, t)), fused(8, w, fused(4, u, s)),
        fused(4, z, fused(8, v, t)), fused(2, w, fused(16, u, s)), fused(32, v, t) + z + m.7
    )
}

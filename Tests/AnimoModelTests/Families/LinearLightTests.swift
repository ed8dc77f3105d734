import Testing

@testable import AnimoModel

struct LinearLightTests {
    @Test("sRGB becomes linear light, alpha stays as it is, and what is clear is black")
    func becomesLinear() {
        let bytes: [UInt8] = [255, 128, 10, 255, 200, 100, 50, 0, 0, 255, 255, 128]
        let values = LinearLight.network(FloatImage(bytes: bytes, width: 3, height: 1, channels: 4))
        // ((128/255 + 0.055) / 1.055)^2.4, and 10/255 / 12.92 below the curve's bend.
        let expected: [Float] = [
            1, 2 * 0.215_861 - 1, 2 * 0.003_035_27 - 1, 1, -1, -1, -1, -1, -1, 1, 1, 2 * 128 / 255 - 1,
        ]
        #expect(largestDifference(values, expected) < 1e-5)
    }
}

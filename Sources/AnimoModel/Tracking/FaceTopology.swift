/// Numbers of landmarks, 0 to 477, by which other things count. Left and right as in the picture; 468 to 472 are the
/// iris at image left, 473 to 477 the one at image right.
package enum FaceTopology {
    /// Landmarks that the blend-shape network reads, in its order.
    static let blendShapePoints = [
        0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78,
        80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150,
        152, 153, 154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197,
        234, 246, 249, 251, 263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308,
        310, 311, 312, 314, 317, 318, 321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377,
        378, 379, 380, 381, 382, 384, 385, 386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466,
        468, 469, 470, 471, 472, 473, 474, 475, 476, 477,
    ]

    /// The sixteen points of each eye's lids: at image left, at image right.
    static let eyes = [
        [33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173],
        [263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398],
    ]

    /// The face's outline from the ear to the chin: at image left, at image right.
    static let jaw = [
        [127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152],
        [356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152],
    ]

    /// From image left to right: the brows' upper row, their lower row.
    static let brows = [
        [70, 63, 105, 66, 107, 336, 296, 334, 293, 300],
        [46, 53, 52, 65, 55, 285, 295, 282, 283, 276],
    ]

    /// Points 27 to 67 of the 68 of iBUG 300-W.
    static let others = [
        168, 197, 5, 4, 75, 97, 2, 326, 305, 33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380, 61, 39, 37,
        0, 267, 269, 291, 405, 314, 17, 84, 181, 78, 82, 13, 312, 308, 317, 14, 87,
    ]

    /// Landmarks for the gap of each eye, at image left and at image right: three pairs of upper and lower lid, then
    /// the corners.
    static let lids = [
        [(160, 144), (159, 145), (158, 153), (130, 133)],
        [(387, 373), (386, 374), (385, 380), (359, 362)],
    ]

    /// Outer corners of the eyes: at image left, at image right.
    static let outerCorners = (left: 33, right: 263)
    /// Inner corners of the eyes: at image left, at image right.
    static let innerCorners = (left: 133, right: 362)
    /// The lips' inner edge in the middle.
    static let innerLips = (upper: 13, lower: 14)
    /// Tip of the nose.
    static let noseTip = 4
    /// Corners of the mouth: at image left, at image right.
    static let mouthCorners = (left: 61, right: 291)
    /// Middles of the irises: at image left, at image right.
    static let irises = (left: 468, right: 473)
}

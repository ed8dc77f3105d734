import AnimoMotion

extension FamilyRow {
    /// Numbers of a frame: a motion and the crop's ratio and place.
    package static let placedMotionCount = Motion.count + 3

    private static func networks(_ domain: Domain) -> [(published: String, model: String)] {
        [
            ("mapping_net.", "motion."), ("warpping_net.", "\(domain.rawValue).warping."),
            ("editing_net.", "\(domain.rawValue).editing."),
        ]
    }

    /// The published PIRenderer: the running average is what its authors render with.
    package static let pirenderer = FamilyRow(
        family: .pirenderer, title: "a PIRenderer", shared: ["motion."], networks: ["warping.", "editing."],
        domains: [.vox, .anime], facts: ModelFacts(imageRange: -1...1, window: 27, gridPadding: .zeros),
        free: [.imageRange, .gridPadding],
        publication: Publication(
            copies: ["net_G_ema.", "net_G_ema.module.", "net_G.", "net_G.module.", ""], networks: networks,
            signs: ["warpping_net.", "editing_net."], isUnused: AnimoTensors.isDead),
        requirement: {
            AnimoTensors.requirement($0, $1, coefficients: placedMotionCount, window: 27, pictures: 2)
        },
        drivers: FamilyRow.motionDrivers)

    /// The PIRenderer that AnimeCeleb's authors train on poses, which is EDTN's generator too. The running average that
    /// lies beside it is not what they render with.
    package static let pirendererAnime = FamilyRow(
        family: .pirendererAnime, title: "an anime PIRenderer", shared: ["motion."],
        networks: ["warping.", "editing."], domains: [.anime], facts: ModelFacts(),
        free: [.imageRange, .gridPadding],
        publication: Publication(
            copies: ["state_dict.generator.", "generator."], networks: networks,
            signs: ["warpping_net.", "editing_net."], isUnused: AnimoTensors.isDead),
        requirement: { AnimoTensors.requirement($0, $1, coefficients: Pose.count, pictures: 2) },
        drivers: { parts, hasBasis in
            let motions = hasBasis ? FamilyRow.motionDrivers(parts, false).map { "\($0) through pose_basis" } : []
            let codes = parts.contains("edtn") ? ["FLAME coefficients by edtn"] : []
            let frames = parts.isSuperset(of: ["edtn", "deca"]) ? ["vox frames by deca and edtn"] : []
            return ["poses"] + codes + frames + motions
        })
}

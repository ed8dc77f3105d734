/// The published families of networks that can be served; a model file names its own.
package enum ModelFamily: String, Sendable, CaseIterable, Codable {
    /// Cross-domain head reenactment with one motion network for two domains (Kim et al. 2021, AnimeCeleb).
    case animo
    /// Portrait image rendering from windows of 3DMM coefficients (Ren et al. 2021).
    case pirenderer
    /// The same networks read by a pose of 20 numbers, as AnimeCeleb trains them and EDTN drives them.
    case pirendererAnime = "pirenderer_anime"
    /// First order motion model (Siarohin et al. 2019).
    case firstOrderMotion = "fomm"
    /// Latent pose descriptors, fine-tuned to one identity (Burkov et al. 2020).
    case latentPose = "lpd"
    /// Talking Head Anime 3, the separable networks (Khungurn 2022).
    case talkingHead3 = "tha3"
    /// Google's Face Landmarker, which finds and reads heads and renders none (Grishchenko et al. 2020).
    case tracker
}

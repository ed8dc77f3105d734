import AnimoCompute

/// The published families of networks that can be served; a model file names its own.
public enum ModelFamily: String, Sendable, CaseIterable, Codable {
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
}

extension ModelFile {
    /// The networks of this file, laid out for the kernels: the table of families.
    ///
    /// - Parameter lanes: the widest vectors to use, in floats: 8, or 16 where the processor has them.
    public func headModel(pool: WorkerPool, lanes: Int = 16) throws -> any HeadModel {
        switch metadata.family {
        case .animo: try AniMo(file: self, pool: pool, lanes: lanes)
        case .pirenderer, .pirendererAnime: try PIRenderer(file: self, pool: pool, lanes: lanes)
        case .firstOrderMotion: try FirstOrderMotion(file: self, pool: pool, lanes: lanes)
        case .latentPose: try LatentPose(file: self, pool: pool, lanes: lanes)
        }
    }
}

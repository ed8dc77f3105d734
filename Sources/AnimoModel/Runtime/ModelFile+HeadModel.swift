import AnimoCompute
import AnimoModelFile

extension ModelFile {
    /// The networks of this file, laid out for the kernels: the table of families.
    ///
    /// - Parameter lanes: the widest vectors to use, in floats: 8, or 16 where the processor has them.
    package func headModel(pool: WorkerPool, lanes: Int = 16) throws -> any HeadModel {
        switch metadata.family {
        case .animo: try AniMo(file: self, pool: pool, lanes: lanes)
        case .pirenderer, .pirendererAnime: try PIRenderer(file: self, pool: pool, lanes: lanes)
        case .firstOrderMotion: try FirstOrderMotion(file: self, pool: pool, lanes: lanes)
        case .latentPose: try LatentPose(file: self, pool: pool, lanes: lanes)
        case .talkingHead3: try TalkingHead3(file: self, pool: pool, lanes: lanes)
        case .tracker: try FaceTrackerModel(file: self, pool: pool, lanes: lanes)
        }
    }
}

/// From the names of AniMo's published checkpoints (spelling and all) to those of a model file.
enum PublishedNames {
    /// Prefixes, published and ours; the leaves are the same.
    static let prefixes = [
        ("mapping_net.", "motion."),
        ("warpping_netA.", "anime.warping."), ("editing_netA.", "anime.editing."),
        ("warpping_netV.", "vox.warping."), ("editing_netV.", "vox.editing."),
    ]

    /// What a tensor is called in a model file; nil for one that is not part of a model: the networks of the training
    /// loss, the dead half of the residual blocks, counters of batches.
    static func modelName(_ name: String) -> String? {
        var result = name
        for (published, ours) in prefixes where name.hasPrefix(published) {
            result = ours + name.dropFirst(published.count)
        }
        guard TensorInventory.isOurs(result), !result.hasSuffix(".num_batches_tracked"), !isDead(result) else {
            return nil
        }
        return result
    }

    private static func isDead(_ name: String) -> Bool {
        name.contains(".editing.") && AnimoTensors.isDead(name)
    }
}

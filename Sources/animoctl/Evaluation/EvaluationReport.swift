import AnimoCLI
import AnimoJSON
import AnimoPictures
import AnimoReports

/// Results of an evaluation: a table, JSON, sheets to look at, and a plot of head angles.
struct EvaluationReport {
    let samples: [EvaluationSample]
    let summaries: [EvaluationSummary]
    /// Files that were skipped.
    let unread: [UnreadFrame]

    init(_ samples: [EvaluationSample], unread: [UnreadFrame] = []) {
        self.samples = samples
        self.unread = unread
        summaries = Comparison.allCases.compactMap { comparison in
            let own = samples.filter { $0.comparison == comparison }
            return own.isEmpty ? nil : EvaluationSummary(comparison, own)
        }
    }

    var table: String {
        var table = Table(
            .left("comparison"), .right("pictures"), .right("PSNR dB"), .right("SSIM"), .right("L1"),
            .right("angle error °"))
        for summary in summaries {
            table.add(
                summary.comparison.rawValue, "\(summary.count)",
                summary.psnr.map { Quantity.fixed($0, 2) } ?? "", summary.ssim.map { Quantity.fixed($0, 3) } ?? "",
                summary.l1.map { Quantity.fixed($0, 4) } ?? "", summary.angleError.map { Quantity.fixed($0, 2) } ?? "")
        }
        let skipped = unread.isEmpty ? "" : "\(Quantity.count(unread.count, "file")) skipped\n"
        return table.render() + skipped
    }

    var json: JSONValue {
        .object([
            "comparisons": .array(summaries.map(Self.json)), "samples": .array(samples.map(Self.json)),
            "passed_over": .array(
                unread.map { .object(["file": .string($0.name), "reason": .string($0.reason)]) }),
        ])
    }

    private static func json(_ summary: EvaluationSummary) -> JSONValue {
        var object = JSONObject()
        object["comparison"] = .string(summary.comparison.rawValue)
        object["pictures"] = .integer(summary.count)
        if let psnr = summary.psnr { object["psnr_db"] = .measured(psnr) }
        if let ssim = summary.ssim { object["ssim"] = .measured(ssim) }
        if let l1 = summary.l1 { object["l1"] = .measured(l1) }
        if let errors = summary.angleErrors, let mean = summary.angleError {
            object["angle_error_degrees"] = .object([
                "mean": .measured(mean), "pitch": .measured(errors.pitch), "yaw": .measured(errors.yaw),
                "roll": .measured(errors.roll),
            ])
        }
        return .object(object)
    }

    private static func json(_ sample: EvaluationSample) -> JSONValue {
        var object = JSONObject()
        object["comparison"] = .string(sample.comparison.rawValue)
        object["source"] = .string(sample.source)
        object["driver"] = .string(sample.driver)
        if let distance = sample.distance {
            if distance.psnr.isFinite { object["psnr_db"] = .measured(distance.psnr) }
            object["ssim"] = .measured(distance.ssim)
            object["l1"] = .measured(distance.l1)
        }
        if let angles = sample.angles {
            object["driver_angles"] = .array(angles.driver.all.map { .measured($0) })
            object["drawn_angles"] = .array(angles.rendered.all.map { .measured($0) })
        }
        return .object(object)
    }

    /// A sheet for each comparison: source, driver and what was rendered, side by side, a row for each pair of heads.
    var sheets: [(name: String, picture: Picture)] {
        summaries.map { summary in
            let own = samples.filter { $0.comparison == summary.comparison }
            let pairs = Dictionary(grouping: own) { "\($0.source) as \($0.driver)" }
            let rows = pairs.keys.sorted().prefix(12).flatMap { name -> [ContactSheet.Row] in
                let some = (pairs[name] ?? []).prefix(6)
                guard let first = some.first else { return [] }
                return [
                    ContactSheet.Row(
                        label: "\(first.driver) drives",
                        cells: [ContactSheet.Cell(picture: nil)]
                            + some.map { ContactSheet.Cell(picture: $0.pictures.driver) }),
                    ContactSheet.Row(
                        label: first.source,
                        cells: [ContactSheet.Cell(picture: first.pictures.source, caption: "source")]
                            + some.map { ContactSheet.Cell(picture: $0.pictures.rendered, caption: Self.caption($0)) }),
                ]
            }
            let sheet = ContactSheet(title: summary.comparison.rawValue, rows: rows)
            return (summary.comparison.fileName, sheet.render())
        }
    }

    private static func caption(_ sample: EvaluationSample) -> String {
        [
            sample.distance.map { "\(Quantity.fixed($0.psnr, 1)) dB" },
            sample.angleError.map { "\(Quantity.fixed($0, 1))° off" },
        ].compactMap { $0 }.joined(separator: ", ")
    }

    /// The rendered head's angles against the driver's; nil where none could be read.
    var plot: Picture? {
        let angles = samples.compactMap(\.angles)
        guard !angles.isEmpty else { return nil }
        let panels = ["pitch", "yaw", "roll"].enumerated().map { axis, name in
            ScatterPlot.Panel(
                title: name, axes: ("driver's degrees", "rendered"),
                points: angles.map { SIMD2($0.driver.all[axis], $0.rendered.all[axis]) })
        }
        return ScatterPlot(title: "head angles of \(angles.count) pictures", panels: panels).render()
    }
}

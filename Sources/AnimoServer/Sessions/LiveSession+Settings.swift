import AnimoMotion
import AnimoWire
import NIOCore

/// Settings that the frames of a live session are rendered with, as it is opened and as it is changed.
extension LiveSession {
    /// Opens the session.
    ///
    /// - Returns: nil where it could not be opened, or shall not be; what was sent behind `open` is answered
    ///   too, each frame with the reason.
    func opened(
        _ open: Wire.AnimateOpen, _ account: MemoryAccount, _ memory: MemoryReservation
    ) async -> SessionSetting? {
        guard inbox.withLock(\.mayOpen) else { return nil }
        defer { withExtendedLifetime(memory) {} }
        do {
            return try await renderer.codecs.run {
                let setting = try await setting(open, for: control(account))
                let opened = Wire.AnimateOpened(
                    source: setting.source.wire, window: UInt32(inbox.withLock(\.window)), policy: open.policy,
                    limits: admission.limits.wire)
                inbox.withLock { $0.opened(opened) }
                sendOutputs()
                return setting
            }
        } catch {
            fail(RPCError(mapping: error, field: "open"))
            return nil
        }
    }

    /// The call as `open` and `change` are served: each with memory and ten seconds of its own.
    private func control(_ account: MemoryAccount) -> CallContext {
        var call = call
        call.memory = account
        call.deadline = .now() + .seconds(10)
        return call
    }

    private func setting(_ open: Wire.AnimateOpen, for call: CallContext) async throws -> SessionSetting {
        let context = call.scheduling(.interactive)
        let found = try await renderer.sources.prepared(
            try admission.source(open.source, model: open.model, of: call.peer.owner), for: call.memory, as: context)
        let output = try OutputOptions(
            open.options, sent: found.source.sent, within: admission.limits.pictures)
        try output.check(for: found.source)
        var setting = SessionSetting(source: found.source, output: output, options: open.options)
        setting.faces = found.source.model.faces.map { _ in SessionFaces() }
        if let control = open.control {
            setting.control = try await controller(of: setting, memory: call.memory, as: context)
                .opened(control, open.relative)
            return setting
        }
        setting.timeline = try await timeline(open, of: found.source, output, memory: call.memory, as: context)
        setting.relative = open.relative.map { RelativeMotion(adaptsScale: $0.adaptScale) }
        return setting
    }

    /// The timeline of a session whose pictures depend on more than their own frame; nil for others.
    private func timeline(
        _ open: Wire.AnimateOpen, of source: CachedSource, _ output: OutputOptions, memory: MemoryAccount,
        as context: SchedulingContext
    ) async throws -> SessionTimeline? {
        let capabilities = source.model.engine.capabilities
        try check(open.lookahead, open, windowOfModel: capabilities.window)
        guard open.relative != nil || capabilities.window > 1 else { return nil }
        if open.relative != nil, !capabilities.isRelative {
            throw RPCError(
                .failedPrecondition, .noEstimator,
                "open.relative: this model's family has no relative motion; omit it", field: "open.relative")
        }
        let neutral = try open.relative?.neutral.map { driver throws(RPCError) in
            try admission.validator(for: source.model, output).validate(driver, field: "open.relative.neutral")
        }
        var code: DriverCode?
        if let neutral {
            code = try await renderer.codes(of: neutral, for: source, output, memory: memory, as: context).first
        }
        return SessionTimeline(
            CodeTimeline(window: capabilities.window, lookahead: Int(open.lookahead), neutral: code))
    }

    private func check(_ lookahead: UInt32, _ open: Wire.AnimateOpen, windowOfModel: Int) throws(RPCError) {
        guard lookahead > 0 else { return }
        let field = "open.lookahead"
        guard windowOfModel > 1 else {
            throw RPCError(
                .failedPrecondition, .outOfRange, "\(field): this model renders each picture from a single frame",
                field: field)
        }
        let window = inbox.withLock(\.window)
        let most = min(windowOfModel / 2, window - 1)
        guard lookahead <= most else {
            throw RPCError.invalid(
                field, .outOfRange, limit: Double(most), actual: Double(lookahead),
                "expected at most \(most) with a window of \(window), got \(lookahead)")
        }
        guard open.policy == .queue else {
            throw RPCError.invalid(
                field, .malformed, "lookahead requires policy queue")
        }
    }

    private func controller(
        of setting: SessionSetting, memory: MemoryAccount, as context: SchedulingContext
    ) -> ControlAdmission {
        ControlAdmission(setting: setting, admission: admission, renderer: renderer, memory: memory, context: context)
    }

    /// The setting after a change; a refused one leaves everything as it was and says so.
    func changed(_ change: SessionChange, from old: SessionSetting?) async -> SessionSetting? {
        guard let old else { return nil }
        return await renderer.codecs.run {
            var setting = old
            var answer = Wire.AnimateChanged()
            do {
                setting = try await self.setting(change, from: old)
            } catch {
                let error = RPCError(mapping: error, field: "change")
                answer.message = error.message
                answer.detail = error.detail
            }
            answer.source = setting.source.wire
            inbox.withLock { $0.answerChange(answer, after: change.seq) }
            sendOutputs()
            return setting
        }
    }

    private func setting(_ change: SessionChange, from old: SessionSetting) async throws -> SessionSetting {
        let memory = try change.memory.get()
        defer { withExtendedLifetime(memory) {} }
        var setting = old
        if let source = change.change.source {
            let call = control(change.account)
            // The session's own model, even if another is served under its name by now.
            setting.source = try await renderer.sources.prepared(
                try admission.source(source, on: old.source.model, of: call.peer.owner), for: call.memory,
                as: call.scheduling(.live)
            ).source
        }
        if let options = change.change.options { setting.options = options }
        setting.output = try OutputOptions(
            setting.options, sent: setting.source.sent, within: admission.limits.pictures)
        try setting.output.check(for: setting.source)
        guard setting.control == nil else {
            let call = control(change.account)
            setting.control = try await controller(of: setting, memory: call.memory, as: call.scheduling(.live))
                .changed(change.change, after: change.seq)
            return setting
        }
        guard change.change.control == nil, change.change.relative == nil, change.change.calibration == nil else {
            throw RPCError(
                .failedPrecondition, .malformed, "change.control: expected a session that was opened with control",
                field: "change.control")
        }
        if change.change.calibrate {
            guard setting.relative != nil, let timeline = setting.timeline else {
                throw RPCError.invalid(
                    "change.calibrate", .malformed, "expected a session of relative motion; this one is absolute")
            }
            timeline.calibrate(after: change.seq)
        }
        return setting
    }
}

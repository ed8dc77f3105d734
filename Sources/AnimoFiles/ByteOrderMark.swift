extension Collection where Element == UInt8 {
    /// The bytes behind UTF-8's byte order mark, which some editors write before a text; all of them where there is
    /// none.
    package var withoutByteOrderMark: SubSequence { starts(with: [0xEF, 0xBB, 0xBF]) ? dropFirst(3) : self[...] }
}

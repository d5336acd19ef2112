// Small files of the system as text, by plain reads: the streams of the C++ library are large, and say less of errors.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace serialtcp::io {

/// The first `most` bytes of a file; of one that cannot be read, what was read before. Never waits for a FIFO.
std::string file_text(const std::string& path, std::size_t most);

/// The same, or the errno for which it cannot be opened or read.
std::expected<std::string, int> whole_file_text(const std::string& path, std::size_t most);

/// What both are made of: adds to `text` until it has `most` bytes. An errno, or 0; what was read before it stays.
int add_file_text(const std::string& path, std::size_t most, std::string& text);

/// Takes one line from the beginning of `text`, which must not be empty; returns it without its end.
std::string_view take_line(std::string_view& text);

/// The same with a word, and with the blanks before it. Empty if there are no more.
std::string_view take_word(std::string_view& text);

}  // namespace serialtcp::io

// Bringing a file to a board through its shell: in pieces, each in a file of its own, checked there and sent again until
// it is right. Pieces that are there already from an earlier attempt are not sent.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "install/board.h"
#include "install/shell.h"
#include "install/task.h"
#include "serialtcp/bytes.h"

namespace serialtcp::install {

/// How bytes are typed: encodings of what a shell can decode.
std::string base64_lines(ByteView bytes);
/// Lines of at most `most` characters, each a command that appends to $f what printf makes of it, the first one makes $f.
std::string printf_lines(ByteView bytes, std::string_view printf, std::size_t most);
/// The same for a shell that has no printf, by its echo -e.
std::string echo_lines(ByteView bytes, std::size_t most);

/// The line in which a command there has said that a file system is full; empty if none has.
std::string_view complaint_of_full(std::string_view said);

/// The names of pieces in a listing of files there, a line "+NAME" each. One that is no number was altered on the way here.
std::vector<std::string> listed_names(std::string_view listing);

class Transfer {
 public:
  /// A piece; halved where it does not get through.
  static constexpr std::size_t kMostPiece = 16 * 1024;
  static constexpr std::size_t kLeastPiece = 512;
  /// Attempts in a row without a piece.
  static constexpr int kMostFailures = 24;

  /// `folder` is where the pieces are put. All outlive this object.
  Transfer(Shell& shell, const Board& board, std::string folder, ByteView content);

  /// Afterwards all pieces are there, and right. Throws Failure.
  Task<> run();

  /// For a shell: the names of the pieces, in order.
  std::string pieces() const;

 private:
  enum class Way : std::uint8_t { loader, head, dd, base64, here_document, printf, echo };

  std::string name_of(std::size_t offset) const;
  std::vector<Way> ways() const;
  std::size_t usual_length(Way way) const;
  std::string digest(ByteView bytes) const;
  bool is_right(std::string_view said, ByteView bytes) const;
  Task<> find_what_is_there();
  void note_what_is_there(std::string_view line);
  Task<bool> send(std::size_t offset, ByteView piece);
  void drop_overlapping();
  bool is_needed(const std::string& name) const;
  Task<> send_missing();
  std::string reader() const;
  Task<bool> send_to_reader(std::size_t offset, ByteView piece);
  Task<bool> read_piece(std::size_t offset, ByteView piece);
  Task<bool> send_lines(std::string lines, ByteView piece, std::string file);
  std::string check_of(const std::string& file) const;
  void expect_room(const std::string& said) const;
  void failed(std::size_t& length);

  Shell& shell_;
  const Board& board_;
  std::string folder_;
  ByteView content_;
  std::string prefix_;
  std::string check_;  ///< the tool that computes check values
  std::vector<Way> ways_;
  std::size_t way_ = 0;
  bool reader_is_there_ = false;
  std::map<std::size_t, std::size_t> there_;  ///< by offset, the length of pieces that are right
  std::size_t done_ = 0;
  int failures_ = 0;
  bool answered_ = true;  ///< the shell, to the last attempt
  std::string said_;      ///< by the last attempt
};

}  // namespace serialtcp::install

#include "install/transfer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "install/digests.h"
#include "os/file_text.h"

namespace serialtcp::install {

namespace {

using namespace std::chrono_literals;

constexpr Duration kCheckTime = 6s;
/// The same of all pieces.
constexpr Duration kLookTime = 30s;
/// Characters of a typed line, as shells on boards take it.
constexpr std::size_t kMostLine = 240;
/// Pieces that are typed as commands, or decoded by the shell, are shorter.
constexpr std::size_t kTypedPiece = 2048;
constexpr std::size_t kDecodedPiece = 8192;
/// Attempts in a row before another way is tried.
constexpr int kFailuresOfOneWay = 5;
/// How often all pieces are looked at, and the whole.
constexpr int kMostRounds = 3;
/// Pieces that are looked at in one command: those whose offsets begin with the same digits, of seven.
constexpr std::size_t kGroup = 0x10000;
constexpr std::size_t kGroupDigits = 3;
/// The first piece that a reader gets is this one, which does no harm if a shell reads it instead.
constexpr std::array<Byte, 4> kTrial = {'#', 0, 'x', '\n'};
constexpr std::size_t kTrialOffset = 0xFFFFFFF;

}  // namespace

Transfer::Transfer(Shell& shell, const Board& board, std::string folder, ByteView content)
    : shell_(shell),
      board_(board),
      folder_(std::move(folder)),
      content_(content),
      prefix_(fmt::format("{}/.serialtcp-{}.", folder_, md5_of(content).substr(0, 6))),
      ways_(ways()) {
  for (const char* const tool : {"cksum", "md5sum", "sha256sum"}) {
    if (check_.empty() && board.has(tool)) check_ = tool;
  }
}

std::vector<Transfer::Way> Transfer::ways() const {
  std::vector<Way> ways;
  if (board_.has("loader")) ways.push_back(Way::loader);
  if (board_.has("stty") && board_.has("head")) ways.push_back(Way::head);
  if (board_.has("stty") && board_.has("dd")) ways.push_back(Way::dd);
  if (board_.has("stty") && board_.has("base64")) ways.push_back(Way::base64);
  if (board_.has("base64")) ways.push_back(Way::here_document);
  ways.push_back(board_.has("printf") ? Way::printf : Way::echo);
  return ways;
}

std::size_t Transfer::usual_length(Way way) const {
  if (way == Way::printf || way == Way::echo) return kTypedPiece;
  return way == Way::loader || way == Way::head || way == Way::dd ? kMostPiece : kDecodedPiece;
}

std::string Transfer::name_of(std::size_t offset) const {
  return fmt::format("{}{:07x}", prefix_, offset);
}

std::string Transfer::pieces() const {
  return prefix_ + "*";
}

std::string Transfer::digest(ByteView bytes) const {
  if (check_ == "cksum") return cksum_of(bytes);
  return check_ == "md5sum" ? md5_of(bytes) : sha256_of(bytes);
}

bool Transfer::is_right(std::string_view said, ByteView bytes) const {
  const std::string expected = digest(bytes);
  while (!said.empty()) {
    const std::string_view line = io::take_line(said);
    if (line.starts_with(expected) && (line.size() == expected.size() || line[expected.size()] == ' '))
      return true;
  }
  return false;
}

std::string Transfer::check_of(const std::string& file) const {
  return fmt::format("{} {}", board_.tool(check_), file);
}

std::string_view complaint_of_full(std::string_view said) {
  constexpr std::array<std::string_view, 4> kFull = {"No space left", "write error", "File too large",
                                                     "Disk quota"};
  while (!said.empty()) {
    const std::string_view line = io::take_line(said);
    if (std::ranges::any_of(kFull, [line](std::string_view full) { return line.find(full) != line.npos; }))
      return line;
  }
  return {};
}

/// A full file system is not a piece that was damaged.
void Transfer::expect_room(const std::string& said) const {
  const std::string_view complaint = complaint_of_full(said);
  if (complaint.empty()) return;
  throw Failure(Failure::Kind::no_room,
                fmt::format("there is no room in {} for the program, which takes {} bytes on its way: the "
                            "other end says \"{}\"",
                            folder_, content_.size(), last_words(complaint)));
}

std::vector<std::string> listed_names(std::string_view listing) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  std::vector<std::string> names;
  while (!listing.empty()) {
    const std::string_view line = io::take_line(listing);
    if (!line.starts_with('+')) continue;
    const std::string_view name = line.substr(1);
    if (!name.empty() && std::ranges::all_of(name, is_digit)) names.emplace_back(name);
  }
  return names;
}

/// The pieces that are right; the others, and those that overlap, are made empty, since all are put together in the end.
Task<> Transfer::find_what_is_there() {
  there_.clear();
  // A damaged command has made these. They are not typed: a control character would be a command of the line editor.
  const std::string others = "for f in $P*;do case ${f#$P} in \"*\");;*[!0-9a-f]*) : >\"$f\";;esac;done";
  co_await shell_.run(others, kLookTime);
  const std::string all = "for f in $P*;do echo \"+${f#$P}\";done";
  const Shell::Result listed = co_await shell_.run(all, kLookTime);
  const std::vector<std::string> names = listed_names(listed.output);
  if (names.empty()) co_return;
  for (std::size_t group = 0; group < content_.size(); group += kGroup) {
    const std::string files = name_of(group).substr(0, prefix_.size() + kGroupDigits);
    const std::string command = fmt::format("{} {}*", board_.tool(check_), files);
    const Shell::Result found = co_await shell_.run(command, kLookTime);
    for (std::string_view rest = found.output; !rest.empty();) note_what_is_there(io::take_line(rest));
  }
  drop_overlapping();
  for (const std::string& name : names) {
    if (is_needed(name)) continue;
    const std::string empty = fmt::format(": >${{P}}{}", quoted(name));
    co_await shell_.run(empty);
  }
}

void Transfer::drop_overlapping() {
  std::size_t end = 0;
  std::erase_if(there_, [&end](const auto& piece) {
    if (piece.first < end) return true;
    end = piece.first + piece.second;
    return false;
  });
}

bool Transfer::is_needed(const std::string& name) const {
  std::size_t offset = 0;
  std::from_chars(name.data(), name.data() + name.size(), offset, 16);
  return there_.contains(offset) && name_of(offset) == prefix_ + name;
}

void Transfer::note_what_is_there(std::string_view line) {
  const std::size_t at = line.find(prefix_);
  if (at == std::string::npos) return;
  std::size_t offset = 0;
  const char* const digits = line.data() + at + prefix_.size();
  std::from_chars(digits, line.data() + line.size(), offset, 16);
  if (offset >= content_.size()) return;
  const ByteView rest = content_.subspan(offset);
  for (std::size_t length = kMostPiece; length >= kLeastPiece; length /= 2) {
    const ByteView piece = rest.first(std::min(length, rest.size()));
    if (!is_right(line, piece)) continue;
    there_[offset] = piece.size();
    return;
  }
}

/// A damaged command may have written over a piece, so the whole is looked at when all are there.
Task<> Transfer::run() {
  const std::string prefix = fmt::format("P={}", prefix_);
  co_await shell_.run(prefix);
  for (int rounds = 0; rounds < kMostRounds; ++rounds) {
    co_await find_what_is_there();
    co_await send_missing();
    const std::string whole = fmt::format("{} $P*|{}", board_.tool("cat"), board_.tool(check_));
    for (int tries = 0; tries < kMostRounds; ++tries) {
      const Shell::Result result = co_await shell_.run(whole, kLookTime);
      if (is_right(result.output, content_)) co_return;
    }
  }
  throw Failure(Failure::Kind::cannot,
                fmt::format("pieces of the program in {} are changed by something else", folder_));
}

Task<> Transfer::send_missing() {
  std::size_t length = usual_length(ways_[way_]);
  bool all = true;
  for (std::size_t offset = 0; offset < content_.size();) {
    if (const auto piece = there_.find(offset); piece != there_.end()) {
      offset += piece->second;
      continue;
    }
    all = false;
    shell_.talk().witness().progress(offset, content_.size());
    std::size_t size = std::min({length, content_.size() - offset, usual_length(ways_[way_])});
    // Up to where one is there already.
    if (const auto next = there_.upper_bound(offset); next != there_.end())
      size = std::min(size, next->first - offset);
    const bool sent = co_await send(offset, content_.subspan(offset, size));
    if (sent) {
      offset += size;
      failures_ = 0;
      continue;
    }
    failed(length);
    if (answered_) continue;
    shell_.expect_same_life();
    co_await shell_.recover();
  }
  if (!all) shell_.talk().witness().progress(content_.size(), content_.size());
}

/// The line damages pieces of this length, or the way is none.
void Transfer::failed(std::size_t& length) {
  expect_room(said_);
  ++failures_;
  if (failures_ > kMostFailures)
    throw Failure(
        Failure::Kind::cannot,
        fmt::format("the program does not get through: a piece was damaged {} times in a row; the last "
                    "answer was \"{}\"",
                    failures_, last_words(said_)));
  if (failures_ % 2 == 0) length = std::max(length / 2, kLeastPiece);
  if (failures_ % kFailuresOfOneWay == 0 && way_ + 1 < ways_.size() && length <= kMostPiece / 4) {
    ++way_;
    reader_is_there_ = false;
  }
}

Task<bool> Transfer::send(std::size_t offset, ByteView piece) {
  const std::string file = name_of(offset);
  switch (ways_[way_]) {
    case Way::loader:
    case Way::head:
    case Way::dd:
    case Way::base64:
      co_return co_await send_to_reader(offset, piece);
    case Way::here_document: {
      const std::string lines =
          fmt::format(" {} -d >$f <<'@'\n{}@\n", board_.tool("base64"), base64_lines(piece));
      co_return co_await send_lines(lines, piece, file);
    }
    case Way::printf: {
      const std::string lines = printf_lines(piece, board_.tool("printf"), kMostLine);
      co_return co_await send_lines(lines, piece, file);
    }
    case Way::echo:
      break;
  }
  const std::string lines = echo_lines(piece, kMostLine);
  co_return co_await send_lines(lines, piece, file);
}

/// A function r of the shell: r LENGTH LENGTH NUMBER OFFSET. With `min 0 time 30`, a read without a byte for 3 s is the
/// end of the input, so that the shell goes on. What nobody would read must not become commands: so the length has to be
/// right twice, and cat takes the input of a reader that has failed.
std::string Transfer::reader() const {
  std::string settings = "raw -echo min 0 time 30";
  std::string read;
  switch (ways_[way_]) {
    case Way::loader:  // it does all of this itself
      return fmt::format("r(){{ case $1 in $2){} r $1 $3 $P$4;{} $P$4;;esac;}}", board_.tool("loader"),
                         board_.tool(check_));
    case Way::head:
      read = board_.tool("head") + " -c $1";
      break;
    case Way::dd:
      read = board_.tool("dd") + " bs=1 count=$1 2>/dev/null";
      break;
    default:
      settings = "-echo icanon isig";  // a shell that edits its line may have other ones
      read = board_.tool("base64") + " -d";
  }
  return fmt::format(
      "r(){{ case $1 in $2)f=$P$4;stty {};echo \"<\"$3\"g>\";{} >$f||{} >/dev/null;stty $S;{} $f;;esac;}}",
      settings, read, board_.tool("cat"), board_.tool(check_));
}

Task<bool> Transfer::send_to_reader(std::size_t offset, ByteView piece) {
  if (!reader_is_there_) {
    const std::string function = reader();
    co_await shell_.run(function);
    const bool works = co_await read_piece(kTrialOffset, kTrial);
    if (!works) {
      answered_ = false;
      co_return false;
    }
    reader_is_there_ = true;
    const std::string clean =
        fmt::format("{} -f ${{P}}{:07x}", board_.has("rm") ? board_.tool("rm") : ":", kTrialOffset);
    co_await shell_.run(clean);
  }
  co_return co_await read_piece(offset, piece);
}

Task<bool> Transfer::read_piece(std::size_t offset, ByteView piece) {
  std::string encoded;
  ByteView bytes = piece;
  if (ways_[way_] == Way::base64) {
    encoded = base64_lines(piece) + '\x04';
    bytes = ByteView(reinterpret_cast<const Byte*>(encoded.data()), encoded.size());
  }
  const std::string command = fmt::format("r {0} {0} % {1:07x}", piece.size(), offset);
  const auto result = co_await shell_.once(command, kCheckTime, bytes);
  answered_ = result.has_value();
  if (result) said_ = result->output;
  co_return result&& is_right(result->output, piece);
}

/// They are typed; the shell does the rest.
Task<bool> Transfer::send_lines(std::string lines, ByteView piece, std::string file) {
  Talk& talk = shell_.talk();
  const std::string name = fmt::format("f={}", file);
  const auto named = co_await shell_.once(name, kCheckTime);
  answered_ = named.has_value();
  if (!named) co_return false;
  talk.type_bytes(ByteView(reinterpret_cast<const Byte*>(lines.data()), lines.size()));
  co_await talk.sent();
  const std::string check = check_of("$f");
  const auto result = co_await shell_.once(check, kCheckTime);
  answered_ = result.has_value();
  if (result) said_ = result->output;
  co_return result&& is_right(result->output, piece);
}

}  // namespace serialtcp::install

#include "wire/console_watch.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "wire/kernel_message.h"

namespace serialtcp::wire {

namespace {

using namespace std::chrono_literals;

// A prompt is text that is followed by silence of this length ...
constexpr Duration kQuiet = 150ms;
// ... but where bytes keep arriving, they are evaluated at this interval.
constexpr Duration kLongestUnseen = 1s;
constexpr std::size_t kLongestLine = 240;
constexpr std::size_t kLongestPrompt = 80;
// A part of a hello that is no chance, and longer than the shortest prompts.
constexpr std::size_t kLeastOwn = 3;
constexpr std::size_t kExcerpt = 60;
// Of what follows the session in a hello: more than a prompt would have by chance.
constexpr std::size_t kAfterSession = 3;
// What precedes a hello, for a peer that speaks the protocol of the original.
constexpr std::size_t kBeforeHello = 2;
constexpr Byte kWithoutEighth = 0x7F;
// This many printable characters in a row are text. Noise has such a run once in 400 bytes.
constexpr std::size_t kRun = 6;
constexpr std::uint64_t kLeastText = 24;
constexpr std::uint64_t kLeastNoise = 64;
constexpr std::uint64_t kRemembered = 4096;
constexpr Byte kBackspace = 0x08;
constexpr Byte kBell = 0x07;
constexpr Byte kEscapeKey = 0x1B;
// Stands for a byte that is not printable.
constexpr char kOther = '\x01';

bool printable(Byte byte) {
  return byte >= 0x20 && byte < 0x7F;
}

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// Two words or more: output of a program.
bool has_words(std::string_view text) {
  constexpr std::size_t kWord = 4;
  int words = 0;
  std::size_t letters = 0;
  for (const char c : text) {
    letters = c >= 'a' && c <= 'z' ? letters + 1 : 0;
    if (letters == kWord) ++words;
  }
  return words >= 2;
}

}  // namespace

void ConsoleWatch::heard(ByteView bytes, Time now) {
  if (bytes.empty()) return;
  for (const Byte byte : bytes) take(byte);
  last_heard_ = now;
  if (unseen_since_ == kNever) unseen_since_ = now;
  due_ = std::min(now + kQuiet, unseen_since_ + kLongestUnseen);
}

void ConsoleWatch::forget() {
  *this = [own = std::move(own_text_), hello = std::move(own_hello_),
           after = std::move(after_session_)]() mutable {
    ConsoleWatch fresh;
    fresh.after_session_ = std::move(after);
    fresh.own_text_ = std::move(own);
    fresh.own_hello_ = std::move(hello);
    return fresh;
  }();
}

void ConsoleWatch::set_own_hello(ByteView bytes) {
  own_hello_.clear();
  after_session_.clear();
  const auto session = std::ranges::search(bytes, own_text_).end();
  for (const Byte byte : bytes.last(static_cast<std::size_t>(bytes.end() - session))) {
    const auto stripped = static_cast<Byte>(byte & kWithoutEighth);
    if (printable(stripped) && after_session_.size() < kAfterSession)
      after_session_ += static_cast<char>(stripped);
  }
  constexpr Byte kFirstPrintable = 0x20;
  constexpr Byte kToLetter = 0x40;
  for (const Byte byte : bytes) {
    if (byte < kFirstPrintable) {
      own_hello_ += '^';
      own_hello_ += static_cast<char>(byte + kToLetter);
    } else {
      own_hello_ += printable(byte) ? static_cast<char>(byte) : kOther;
    }
  }
}

void ConsoleWatch::take(Byte byte) {
  switch (sequence_) {
    case Sequence::none:
      if (byte != kEscapeKey) return take_text(byte);
      sequence_ = Sequence::escape;
      return;
    case Sequence::escape:
      sequence_ = byte == '[' ? Sequence::control : byte == ']' ? Sequence::string : Sequence::none;
      return;
    case Sequence::control:
      if (is_digit(static_cast<char>(byte)))
        parameter_ = std::min(parameter_ * 10 + (byte - '0'), kLongestLine);
      if (byte < 0x40 || byte >= 0x7F) return;
      sequence_ = Sequence::none;
      return control(static_cast<char>(byte), std::max<std::size_t>(1, std::exchange(parameter_, 0)));
    case Sequence::string:
      if (byte == kBell) sequence_ = Sequence::none;
      if (byte == kEscapeKey) sequence_ = Sequence::escape;
      return;
  }
}

/// Control sequences of line editors: they move the cursor along the line, overwrite it, and erase the rest.
void ConsoleWatch::control(char what, std::size_t times) {
  if (what == 'C') {
    if (std::exchange(return_, false)) cursor_ = 0;
    cursor_ = std::min(cursor_ + times, line_.size());
  }
  if (what == 'D') cursor_ -= std::min(cursor_, times);
  if (what == 'K' || what == 'J') line_.resize(std::min(cursor_, line_.size()));
  if (what == 'A' && !last_line_.empty()) line_ = std::exchange(last_line_, {});
}

void ConsoleWatch::count(Byte byte) {
  ++all_;
  run_ = printable(byte) ? run_ + 1 : 0;
  if (run_ == kRun) text_ += kRun;
  if (run_ > kRun) ++text_;
  // The end of a line counts as text.
  if (byte == '\r' || byte == '\n') ++text_;
}

void ConsoleWatch::take_text(Byte byte) {
  // Padding for slow terminals.
  if (byte == 0) return;
  count(byte);
  const bool after_return = std::exchange(return_, byte == '\r');
  if (byte == '\r') return;
  if (byte == '\n') return end_line();
  if (byte == kBackspace) {
    if (cursor_ > 0) --cursor_;
    return;
  }
  if (after_return) {
    line_.clear();
    cursor_ = 0;
  }
  const char shown = printable(byte) ? static_cast<char>(byte) : kOther;
  if (cursor_ < line_.size()) {
    line_[cursor_++] = shown;
  } else if (line_.size() < kLongestLine) {
    line_ += shown;
    cursor_ = line_.size();
  }
  drop_own_echo();
}

/// Removes a complete hello that a terminal has echoed; a prompt may stand before or after it. An end of
/// frame is shown as "^_~", and the end of what is sent to the original as "^_" and a byte above 127.
void ConsoleWatch::drop_own_echo() {
  constexpr std::array<std::string_view, 3> kEnds = {"^_~", "\x01~", "^_\x01"};
  if (std::ranges::none_of(kEnds, [&](std::string_view end) { return line_.ends_with(end); })) return;
  if (amid_own_hello()) return;
  const std::size_t from = line_.find_first_of("^\x01");
  if (!is_own_echo(std::string_view(line_).substr(from))) return;
  line_.resize(from);
  cursor_ = from;
}

/// Whether the line ends in a part of the hello that looks like its end.
bool ConsoleWatch::amid_own_hello() const {
  const std::size_t at = own_text_.empty() ? std::string::npos : line_.rfind(own_text_);
  if (at == std::string::npos) return false;
  const std::string_view shown = std::string_view(line_).substr(at);
  const std::size_t in_hello = own_hello_.find(shown);
  return in_hello != std::string::npos && in_hello + shown.size() < own_hello_.size();
}

void ConsoleWatch::end_line() {
  // A kernel message may follow a prompt, which then still waits.
  if (const std::size_t at = kernel_message(line_); at != std::string::npos) {
    line_.resize(at);
    cursor_ = at;
    return;
  }
  if (!line_.empty()) last_line_ = std::exchange(line_, {});
  cursor_ = 0;
}

bool ConsoleWatch::is_text() const {
  return text_ >= kLeastText && text_ * 2 >= all_;
}

bool ConsoleWatch::look(Time) {
  due_ = unseen_since_ = kNever;
  if (all_ > kRemembered) {
    all_ /= 2;
    text_ /= 2;
  }
  prompt_ = judge_prompt();
  return std::exchange(found_, judge()) != found_;
}

bool ConsoleWatch::is_noise() const {
  return all_ >= kLeastNoise && text_ * 2 < all_;
}

std::optional<Console> ConsoleWatch::judge() const {
  switch (prompt_) {
    case Prompt::user_name:
    case Prompt::password:
    case Prompt::refused:
      return Console::login;
    case Prompt::activate:
    case Prompt::shell:
    case Prompt::root_shell:
      return Console::shell;
    case Prompt::autoboot:
    case Prompt::boot_loader:
      return Console::boot_loader;
    case Prompt::none:
      break;
  }
  return is_text() || (found_ && text_ > 0) ? std::optional(Console::text) : std::nullopt;
}

Prompt ConsoleWatch::judge_prompt() const {
  const std::string lower = lower_case(line_);
  const std::string before = lower_case(last_line_);
  if (const auto login = login_prompt(lower)) return *login;
  for (const std::string& line : {lower, before}) {
    if (contains(line, "press enter to activate")) return Prompt::activate;
  }
  if (contains(lower, "autoboot") || contains(lower, "any key")) return Prompt::autoboot;
  if (const std::string shown = prompt_shown(); !shown.empty()) {
    const std::string prompt = lower_case(shown);
    const bool loader =
        prompt.starts_with("=>") || prompt.starts_with("u-boot") || prompt.starts_with("grub");
    if (loader) return Prompt::boot_loader;
    return prompt.ends_with('#') ? Prompt::root_shell : Prompt::shell;
  }
  return contains(before, "login incorrect") && line_.size() < kRun ? Prompt::refused : Prompt::none;
}

std::optional<Prompt> ConsoleWatch::login_prompt(const std::string& lower) const {
  constexpr std::array<std::pair<std::string_view, Prompt>, 5> kPrompts = {{{"login:", Prompt::user_name},
                                                                            {"username:", Prompt::user_name},
                                                                            {"user name:", Prompt::user_name},
                                                                            {"password:", Prompt::password},
                                                                            {"passcode:", Prompt::password}}};
  for (const auto& [text, prompt] : kPrompts) {
    const std::size_t at = lower.find(text);
    if (at == std::string::npos || at > kLongestPrompt) continue;
    // "Last login: Mon Jan 1" is output, not a prompt.
    if (at >= 5 && lower.compare(at - 5, 5, "last ") == 0) continue;
    if (is_own_echo(std::string_view(line_).substr(at + text.size()))) return prompt;
  }
  return std::nullopt;
}

/// The prompt of a shell that waits for input, or an empty text. The echo of a hello in a line editor may
/// continue in the next line.
std::string ConsoleWatch::prompt_shown() const {
  if (const auto at = shell_prompt(line_)) return line_.substr(0, *at + 1);
  if (has_words(line_)) return {};
  const auto at = shell_prompt(last_line_);
  return at ? last_line_.substr(0, *at + 1) : std::string();
}

/// The position of the "$", "#", ">" or "%" of a prompt at the beginning of this line, if only this end has
/// typed after it.
std::optional<std::size_t> ConsoleWatch::shell_prompt(std::string_view line) const {
  const auto in_prompt = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || contains("_.@:~/-[]()=+ ", {&c, 1});
  };
  if (is_stripped_hello(line)) return std::nullopt;
  for (std::size_t i = 0; i < std::min(line.size(), kLongestPrompt); ++i) {
    const char c = line[i];
    const bool initramfs = c == ')' && line.starts_with("(initramfs)");
    const bool progress = c == '%' && i > 0 && is_digit(line[i - 1]);
    if ((contains("$#>%", {&c, 1}) || initramfs) && !progress && (c != '%' || i > 0)) {
      // A line editor executes the keys in a hello and shows the rest, which does not consist of words.
      const std::string_view rest = line.substr(i + 1);
      if (i + 1 >= kLeastOwn && contains(own_hello_, line.substr(0, i + 1))) return std::nullopt;
      return is_own_echo(rest) || !has_words(rest) ? std::optional(i) : std::nullopt;
    }
    if (!in_prompt(c)) return std::nullopt;
  }
  return std::nullopt;
}

/// Whether the line begins with what is left of the peer's hello where control characters are lost, and perhaps the
/// highest bits: an end of frame, a session of letters and digits, and what follows it in a hello of this end, too.
bool ConsoleWatch::is_stripped_hello(std::string_view line) const {
  const std::size_t end = line.find('~');
  if (after_session_.size() < kAfterSession || end > kBeforeHello || line.size() < end + 1 + own_text_.size())
    return false;
  const std::string_view session = line.substr(end + 1, own_text_.size());
  const auto fits = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  return std::ranges::all_of(session, fits) &&
         line.substr(end + 1 + session.size()).starts_with(after_session_);
}

/// Whether the text after a prompt is empty, or the echo of what this end has sent, as a terminal or a line
/// editor shows it.
bool ConsoleWatch::is_own_echo(std::string_view rest) const {
  if (!own_text_.empty() && contains(rest, own_text_)) return true;
  std::size_t shown = 0;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == ' ' || rest[i] == kOther) continue;
    if (rest[i] == '^') {
      ++i;  // a control character
      continue;
    }
    // Shells show a question mark for a byte that they cannot display.
    if (!contains("D~ACG`@aK?", {&rest[i], 1})) return false;
    ++shown;
  }
  return shown <= 12;
}

std::string ConsoleWatch::excerpt() const {
  std::string text = line_.empty() ? last_line_ : line_;
  // What follows a shell's prompt was sent by this end. The line before a login prompt may look like a prompt.
  std::string shown = found_ == Console::login ? std::string() : prompt_shown();
  if (!shown.empty()) text = std::move(shown);
  if (const std::size_t at = text.find(kOther); at != std::string::npos && at > 0) text.resize(at);
  if (const std::size_t at = text.find("^_"); at != std::string::npos && at > 0) text.resize(at);
  text.resize(std::min(text.size(), kExcerpt));
  std::ranges::replace(text, kOther, '.');
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

}  // namespace serialtcp::wire

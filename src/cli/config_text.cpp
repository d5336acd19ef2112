#include "cli/config_text.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace serialtcp::cli {

namespace {

/// What a character stands in, as far as quotes and comments decide it.
class Surroundings {
 public:
  bool plain() const { return quote_.empty() && !comment_; }
  bool comment() const { return comment_; }
  /// Within a string that can have several lines.
  bool in_block() const { return quote_.size() == 3; }

  /// Takes the next characters of `rest`, one or three, and returns how many.
  std::size_t step(std::string_view rest) {
    const char c = rest.front();
    if (comment_) {
      comment_ = c != '\n';
    } else if (quote_.empty()) {
      comment_ = c == '#';
      if (c != '"' && c != '\'') return 1;
      quote_ = rest.substr(0, rest.starts_with(std::string(3, c)) ? 3 : 1);
      return quote_.size();
    } else if (c == '\\' && quote_.front() == '"') {
      return std::min<std::size_t>(2, rest.size());
    } else if (rest.starts_with(quote_)) {
      return std::exchange(quote_, "").size();
    } else if (c == '\n' && quote_.size() == 1) {
      quote_ = "";  // a mistake that toml++ reports
    }
    return 1;
  }

 private:
  std::string_view quote_;
  bool comment_ = false;
};

constexpr std::string_view kBlanks = " \t\r";

std::string_view without_blanks_before(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text;
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

bool is_of_bare_key(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
}

/// A header or "key =": no line of a list looks like that.
bool begins_statement(std::string_view line) {
  return is_header(line) || !key_of(line).empty();
}

/// How a text goes on: whether a bracket or a string of several lines is open.
class Progress {
 public:
  /// Takes one line with its end.
  void take(std::string_view line) {
    for (std::size_t i = 0; i < line.size();) {
      if (surroundings_.plain()) {
        if (line[i] == '[' || line[i] == '{') ++open_;
        if ((line[i] == ']' || line[i] == '}') && open_ > 0) --open_;
      }
      i += surroundings_.step(line.substr(i));
    }
  }
  void restart() { *this = Progress(); }

  bool in_block() const { return surroundings_.in_block(); }
  bool open() const { return open_ > 0 || in_block(); }

 private:
  Surroundings surroundings_;
  int open_ = 0;
};

/// Whether the block that is open at the end of `line` is closed in `rest`.
bool is_closed(std::string_view line, std::string_view rest) {
  Progress progress;
  progress.take(line);
  while (progress.in_block() && !rest.empty()) {
    const std::size_t size = std::min(rest.find('\n'), rest.size() - 1) + 1;
    progress.take(rest.substr(0, size));
    rest.remove_prefix(size);
  }
  return !progress.in_block();
}

}  // namespace

std::optional<Place> stray_character(std::string_view text) {
  Place place;
  Surroundings surroundings;
  for (std::size_t next = 0, i = 0; i < text.size(); ++i) {
    if (i == next) next += surroundings.step(text.substr(i));
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool control =
        (byte < 0x20 && text[i] != '\t' && text[i] != '\n' && text[i] != '\r') || byte == 0x7F;
    if (control || (byte >= 0x80 && surroundings.plain())) return place;
    const bool continues = (byte & 0xC0U) == 0x80;  // a character of several bytes
    if (!continues) ++place.column;
    if (text[i] == '\n') place = {place.line + 1, 1};
  }
  return std::nullopt;
}

std::optional<Place> too_deep(std::string_view text) {
  constexpr int kMostParts = 16;
  constexpr int kMostNested = 16;
  Place place;
  Surroundings surroundings;
  int dots = 0;
  int nested = 0;
  for (std::size_t next = 0, i = 0; i < text.size(); ++i) {
    const bool plain = surroundings.plain();
    const bool first = i == next;
    if (first) next += surroundings.step(text.substr(i));
    const char c = text[i];
    if (plain && first) {
      if (c == '.') ++dots;
      if (c == '[' || c == '{') ++nested;
      if ((c == ']' || c == '}') && nested > 0) --nested;
      if (std::string_view("=,[]{}\n").find(c) != std::string_view::npos) dots = 0;
      if (dots >= kMostParts || nested > kMostNested) return place;
    }
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80) ++place.column;
    if (c == '\n') place = {place.line + 1, 1};
  }
  return std::nullopt;
}

// ---- Statements ----

bool is_header(std::string_view statement) {
  std::string_view rest = without_blanks_before(statement);
  if (!rest.starts_with('[')) return false;
  rest.remove_prefix(rest.starts_with("[[") ? 2 : 1);
  rest = without_blanks_before(rest);
  return !rest.empty() && std::isalpha(static_cast<unsigned char>(rest.front())) != 0;
}

std::string_view key_of(std::string_view statement) {
  const std::string_view line = without_blanks_before(first_line(statement));
  const std::size_t size =
      static_cast<std::size_t>(std::ranges::find_if_not(line, is_of_bare_key) - line.begin());
  return without_blanks_before(line.substr(size)).starts_with('=') ? line.substr(0, size)
                                                                   : std::string_view();
}

std::vector<Statement> statements_of(std::string_view text) {
  constexpr int kMaxOpenBlocks = 16;  // each is looked for until the end of the text
  std::vector<Statement> statements(1);
  Progress progress;
  bool block_ends = true;  // a string of several lines that is open
  int open_blocks = 0;
  std::uint32_t number = 1;
  for (std::size_t at = 0; at < text.size(); ++number) {
    const std::string_view rest = text.substr(at);
    const std::string_view line = rest.substr(0, std::min(rest.find('\n'), rest.size() - 1) + 1);
    const bool within = progress.in_block() && block_ends;
    const std::string_view content = without_blanks_before(first_line(line));
    const bool blank = content.empty() || content.starts_with('#');
    if (!within && !blank && at > 0 && (!progress.open() || begins_statement(line))) {
      statements.push_back({.line = number, .begin = at});
      progress.restart();
    }
    const bool was_in_block = progress.in_block();
    progress.take(line);
    if (!was_in_block && progress.in_block()) {
      block_ends = open_blocks < kMaxOpenBlocks && is_closed(line, rest.substr(line.size()));
      if (!block_ends) ++open_blocks;
    }
    statements.back().size += line.size();
    at += line.size();
  }
  return statements;
}

// ---- What was forgotten ----

Forgotten forgotten_in(std::string_view statement) {
  const std::size_t equals = statement.find('=');
  if (key_of(statement).empty() || equals == std::string_view::npos) return Forgotten::nothing;
  const std::string_view value = statement.substr(equals + 1);
  Surroundings surroundings;
  int open = 0;
  bool quoted = false;
  bool closed = true;
  std::string bare;  // outside of quotes
  for (std::size_t i = 0; i < value.size();) {
    const char c = value[i];
    const bool plain = surroundings.plain();
    const std::size_t size = surroundings.step(value.substr(i));
    if (plain && (c == '"' || c == '\'')) {
      quoted = true;
      closed = false;
    } else if (plain) {
      if (c == '[' || c == '{') ++open;
      if (c == ']' || c == '}') --open;
      if (!surroundings.comment()) bare += c;
    } else if (surroundings.plain() && c == '\n' && !closed) {
      return Forgotten::closing_quote;
    } else if (surroundings.plain()) {
      closed = true;
    }
    i += size;
  }
  if (!closed) return Forgotten::closing_quote;
  const auto is_of_text = [](char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '/' || c == ':';
  };
  const bool word = std::ranges::any_of(bare, is_of_text) || std::ranges::count(bare, '.') > 1;
  if (word && (open != 0 || !quoted || bare.find('[') != std::string::npos)) return Forgotten::quotes;
  if (open > 0) return Forgotten::closing_bracket;
  return Forgotten::nothing;
}

}  // namespace serialtcp::cli

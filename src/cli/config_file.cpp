// Tables are judged one by one, and then against each other.
#include "cli/config_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <span>
#include <system_error>
#include <utility>

#include "cli/edition.h"
#include "cli/option_table.h"
#include "cli/table_kind.h"
#include "os/error_text.h"
#include "os/file_text.h"
#include "os/files.h"
#include "os/text.h"
#include "port/line_factory.h"

namespace serialtcp::cli {

namespace {

/// Converts a sentence about options for the writer of a file: without the dashes, except within quotes.
std::string about_keys(std::string_view text) {
  std::string result;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins_word = i == 0 || text[i - 1] == ' ';
    if (text[i] == '\'') quoted = !quoted && begins_word;
    if (!quoted && begins_word && text.substr(i).starts_with("--")) {
      ++i;
    } else {
      result += text[i];
    }
  }
  return result;
}

/// What a value says of itself may be long, and more than text.
std::string in_one_line(std::string text) {
  constexpr std::size_t kMost = 400;
  if (text.size() > kMost) text = text.substr(0, kMost) + "...";
  return io::printable(text);
}

std::string text_of(const Mistake& mistake) {
  if (mistake.form == Mistake::Form::sentence && mistake.option != nullptr &&
      mistake.option->stands == Stands::by_position)
    return fmt::format("{0} is required, as in {0} = {1}", mistake.option->name, mistake.option->example);
  const std::string text = in_one_line(about_keys(mistake.text));
  return mistake.form == Mistake::Form::sentence ? text : fmt::format("{}: {}", mistake.option->name, text);
}

/// "a, b, or c"
std::string expected_tables() {
  std::string text;
  for (std::size_t i = 0; i < table_kinds().size(); ++i) {
    const TableWords& words = table_kinds()[i]().words();
    const bool last = i + 1 == table_kinds().size();
    text += fmt::format("{}a [[{}]] table{} for each {}",
                        i == 0 ? ""
                        : last ? ", or "
                               : ", ",
                        words.name, i == 0 ? " is expected" : "", words.expected);
  }
  return text;
}

/// One by one, and then against each other.
class Judgement {
 public:
  explicit Judgement(RawConfig raw) : raw_(std::move(raw)), mistakes_(std::move(raw_.mistakes)) {}

  std::expected<Configuration, std::vector<ConfigMistake>> result() {
    if (raw_.tables.empty() && mistakes_.empty())
      mistakes_.push_back({{}, fmt::format("there is no link: {}", expected_tables())});
    for (const TableKindOf kind : table_kinds()) judge_all(kind());
    std::ranges::sort(mistakes_);
    if (!mistakes_.empty()) return std::unexpected(std::move(mistakes_));
    Configuration config;
    for (Table& table : judged_) table.placed.kind->take_over(std::move(table), config);
    config.places = std::move(raw_.places);
    config.log_file = raw_.all.log_file;
    config.control = raw_.all.control;
    config.http = raw_.all.http;
    config.log_style = raw_.all.log_style;
    config.start = raw_.all.start;
    return config;
  }

 private:
  void judge_all(const TableKind& kind) {
    const std::size_t first = judged_.size();
    for (const PlacedTable& placed : raw_.tables) {
      if (placed.kind == &kind) judge(kind, placed);
    }
    for (std::size_t i = first; i < judged_.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) compare(i, j);
    }
    std::ranges::move(kind.clashes(std::span(judged_).subspan(first)), std::back_inserter(mistakes_));
  }

  void judge(const TableKind& kind, const PlacedTable& placed) {
    auto judged = kind.judge(placed.given);
    if (!judged) return tell(placed, judged.error());
    const std::string device = kind.device(**judged);
    if ((*judged)->name.empty()) (*judged)->name = device;
    judged_.push_back({placed, std::move(*judged)});
    devices_.push_back(io::exclusive_line(device));
  }

  void tell(const PlacedTable& placed, const Mistakes& mistakes) {
    for (const Mistake& mistake : mistakes) {
      // What seems to be missing may be what was not understood.
      if (placed.damaged && mistake.form == Mistake::Form::sentence) continue;
      const std::string_view option = mistake.option != nullptr ? mistake.option->name : "";
      mistakes_.push_back({placed.where(option, mistake.index), text_of(mistake)});
    }
  }

  /// One with an earlier one, each of any kind.
  void compare(std::size_t i, std::size_t j) {
    const Table& one = judged_[i];
    const auto tell_same = [&](std::string_view key, std::string_view what) {
      const PlacedTable& earlier = judged_[j].placed;
      mistakes_.push_back(
          {one.placed.where(key), fmt::format("{}: the {} at line {} has the same {}", key,
                                              earlier.kind->words().name, earlier.place.line, what)});
    };
    if (one.options->name == judged_[j].options->name && one.placed.given.contains("name"))
      tell_same("name", "name");
    if (devices_[i] && devices_[i] == devices_[j]) tell_same("port", "device");
  }

  RawConfig raw_;
  std::vector<ConfigMistake> mistakes_;
  std::vector<Table> judged_;                        ///< those without mistakes of their own
  std::vector<std::optional<std::string>> devices_;  ///< of these, those that only one can have
};

/// All of a file; or why not, which completes "FILE: ...".
std::expected<std::string, std::string> read_whole(const std::string& path) {
  std::error_code error;
  const io::PathKind kind = io::path_kind(path, error);
  if (kind == io::PathKind::none) return std::unexpected(io::plain_text(error.value()));
  if (kind == io::PathKind::folder) return std::unexpected("it is a directory: name the file in it");
  if (kind != io::PathKind::regular) return std::unexpected("it is not a regular file");
  auto text = io::whole_file_text(path, kMaxConfigSize + 1);
  if (!text) return std::unexpected(io::plain_text(text.error()));
  if (text->size() <= kMaxConfigSize) return std::move(*text);
  return std::unexpected(fmt::format("it is too large: a configuration has up to {} bytes", kMaxConfigSize));
}

}  // namespace

std::span<const TableKindOf> table_kinds() {
  if (edition().config_files == nullptr) return {};
  return edition().config_files->tables;
}

std::expected<Configuration, std::vector<ConfigMistake>> parse_config(std::string_view text) {
  return Judgement(parse_config_syntax(text)).result();
}

std::expected<Configuration, std::string> read_config_again(const std::string& path) {
  std::error_code ignored;
  const io::PathKind kind = io::path_kind(path, ignored);
  if (kind == io::PathKind::folder || kind == io::PathKind::other)
    return std::unexpected(
        fmt::format("{}: it is not a regular file, and can only be read at the start", path));
  return read_config(path);
}

std::expected<Configuration, std::string> read_config(const std::string& path) {
  const auto text = read_whole(path);
  if (!text) return std::unexpected(fmt::format("{}: {}", path, text.error()));
  auto config = parse_config(*text);
  if (config) return std::move(*config);
  return std::unexpected(placed_lines(path, config.error()));
}

std::string placed_lines(const std::string& path, const std::vector<ConfigMistake>& mistakes) {
  std::string lines;
  std::size_t told = 0;
  for (const auto& [place, what] : mistakes) {
    if (told++ == kMaxMistakesTold)
      return fmt::format("{}\n{}: and {} more", lines, path, mistakes.size() - kMaxMistakesTold);
    lines += fmt::format("{}{}:{}:{}: {}", lines.empty() ? "" : "\n", path, place.line, place.column, what);
  }
  return lines;
}

}  // namespace serialtcp::cli

// What is missing at the other end is installed by way of its console.
#include <fmt/format.h>

#include "cli/option_rows.h"
#include "cli/option_setters.h"
#include "cli/option_values.h"

namespace serialtcp::cli {

namespace {

using install::Wish;

template <auto kMember>
PutError wish_text(LinkOptions& link, const std::string& text) {
  if (text.empty()) return "a text is expected";
  link.install.*kMember = text;
  return std::nullopt;
}

template <auto kMember>
PutError wish_file(LinkOptions& link, const std::string& text) {
  auto name = parse_file_name(text);
  if (!name) return std::move(name.error());
  link.install.*kMember = std::move(*name);
  return std::nullopt;
}

PutError put_login(LinkOptions& link, const std::string& text) {
  link.install.wanted = true;
  return wish_text<&Wish::user>(link, text);
}

PutError put_install(LinkOptions& link, const std::string&) {
  link.install.wanted = true;
  return std::nullopt;
}

/// It stands in commands that are typed, whose lines must not be long.
PutError put_save(LinkOptions& link, const std::string& text) {
  constexpr std::size_t kMostSave = 60;
  if (text.size() > kMostSave || !text.starts_with('/'))
    return fmt::format("a path that begins with / and has at most {} characters is expected", kMostSave);
  return wish_text<&Wish::save>(link, text);
}

PutError put_upgrade(LinkOptions& link, const std::string&) {
  link.install.other_version = Wish::Other::is_replaced;
  return std::nullopt;
}

const Option kInstall[] = {
    {.name = "install",
     .stands = Stands::by_command,
     .section = Section::install,
     .help = "the same as --login, for serialtcp install",
     .put = &put_install},
    {.name = "login",
     .argument = "USER",
     .toml = Toml::text,
     .example = "\"root\"",
     .section = Section::install,
     .help = "start it at an end with only a console",
     .put = &put_login},
    {.name = "password-file",
     .argument = "FILE",
     .suggest = Suggest::file,
     .toml = Toml::text,
     .example = "\"/etc/serialtcp/board.password\"",
     .section = Section::install,
     .help = "start it at an end with only a console",
     .put = &wish_file<&Wish::password_file>},
    {.name = "save",
     .argument = "PATH",
     .toml = Toml::text,
     .example = "\"/usr/bin/serialtcp-lite\"",
     .section = Section::install,
     .help = "the one there: man serialtcp-install",
     .put = &put_save},
    {.name = "as",
     .argument = "OPTIONS",
     .toml = Toml::text,
     .example = "\"--allow localhost:22\"",
     .section = Section::install,
     .help = "the one there: man serialtcp-install",
     .put = &wish_text<&Wish::arguments>},
    {.name = "upgrade",
     .toml = Toml::flag,
     .example = "true",
     .section = Section::install,
     .help = "the one there: man serialtcp-install",
     .put = &put_upgrade},
    {.name = "boards",
     .argument = "DIR",
     .suggest = Suggest::file,
     .toml = Toml::text,
     .example = "\"/usr/share/serialtcp/boards\"",
     .section = Section::install,
     .help = "its programs; a record of the console",
     .put = &wish_file<&Wish::boards>},
    {.name = "transcript",
     .argument = "FILE",
     .suggest = Suggest::file,
     .toml = Toml::text,
     .example = "\"/var/log/serialtcp-console.txt\"",
     .section = Section::install,
     .help = "its programs; a record of the console",
     .put = &wish_file<&Wish::transcript>},
};

}  // namespace

std::span<const Option> rows::install() {
  return kInstall;
}

}  // namespace serialtcp::cli

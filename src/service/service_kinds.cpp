#include "service/service_kinds.h"

#include <fmt/format.h>

#include <vector>

#include "net/listen_addresses.h"

namespace serialtcp::io {

namespace {

std::string all_options() {
  std::vector<std::string> groups;
  for (const ServiceKindOf kind : service_kinds()) {
    std::vector<std::string> usages;
    for (const KindOption& option : kind().options()) usages.emplace_back(option.usage);
    if (!usages.empty()) groups.push_back(fmt::format("{} {}", kind().options_are(), list_of(usages)));
  }
  std::string text = "interactive, bulk, refuse, limit=RATE";
  for (std::size_t i = 0; i < groups.size(); ++i)
    text += fmt::format(", {}{}", i + 1 == groups.size() ? "and " : "", groups[i]);
  return text;
}

}  // namespace

const ServiceKind& kind_of_text(std::string_view text) {
  for (const ServiceKindOf kind : service_kinds()) {
    if (text.starts_with(kind().prefix())) return kind();
  }
  return tcp_kind();
}

std::string option_not_taken(std::string_view text) {
  for (const ServiceKindOf kind : service_kinds()) {
    for (const KindOption& option : kind().options()) {
      if (option.is(text)) return fmt::format("{} is {}", option.name, option.where);
    }
  }
  return fmt::format("'{}' is not an option of a service: there are {}", text, all_options());
}

Purpose purpose_of(const ServiceTerms& terms, StreamKind streams) {
  Purpose purpose;
  purpose.name = terms.name;
  purpose.priority = terms.priority;
  purpose.kind = streams;
  return purpose;
}

}  // namespace serialtcp::io

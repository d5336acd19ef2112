#include "cli/share_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "cli/status_table.h"
#include "cli/typed_table_kind.h"
#include "os/text.h"

namespace serialtcp::cli {

namespace {

std::vector<std::string> share_lines(const control::ShareStatus& share) {
  std::vector<std::string> lines{
      standing_line(share.name, share.state, share.retry_seconds),
      fmt::format("{}, {} {}, shared", share.device, share.baud, share.format),
      fmt::format("received  {}, written {}{}", io::format_size(share.received_bytes),
                  io::format_size(share.written_bytes),
                  share.lost_bytes > 0
                      ? fmt::format(", lost for slow clients {}", io::format_size(share.lost_bytes))
                      : "")};
  for (const std::string& place : share.places) lines.push_back(fmt::format("listening {}", place));
  lines.push_back(fmt::format("clients   {}{}", share.clients_now,
                              share.writer.empty() ? "" : fmt::format(", {} writes", share.writer)));
  add_trouble(lines, share.trouble);
  return lines;
}

class ShareTables final : public TypedTableKind<ShareOptions> {
 public:
  const TableWords& words() const override {
    static constexpr TableWords kWords{.name = "share",
                                       .noun = "shared port",
                                       .unknown = "of a shared port",
                                       .each = "shared port",
                                       .expected = "port to be shared"};
    return kWords;
  }

  OptionTable rows() const override { return share_option_table(); }

  std::unique_ptr<TableSet> make_set(io::asio::io_context& context, Log& log) const override {
    return make_share_set(context, log);
  }

  std::vector<StatusLines> status_lines(const control::ProcessStatus& status) const override {
    std::vector<StatusLines> all;
    for (const control::ShareStatus& share : status.shares) all.push_back({share.name, share_lines(share)});
    return all;
  }

 private:
  std::expected<ShareOptions, Mistakes> judge_options(const Given& given) const override {
    return judge_share(given);
  }

  std::string device_of(const ShareOptions& options) const override { return options.share.device; }

  void compare(const One& one, const One& earlier, std::vector<ConfigMistake>& found) const override {
    const std::vector<share::Place>& others = earlier.options.share.places;
    for (const share::Place& place : one.options.share.places) {
      const auto same = std::ranges::find_if(others, [&place](const share::Place& other) {
        const auto* const target = std::get_if<io::Target>(&place.where);
        return place.where == other.where && (target == nullptr || target->port != 0) &&
               place.kind != share::Place::Kind::dialled;
      });
      if (same == others.end()) continue;
      found.push_back(
          {one.placed.place, fmt::format("{} is in use by the share at line {}: choose another port or path",
                                         share::to_string(place), earlier.placed.place.line)});
    }
  }

  std::vector<StartProblem> start_problems_of(const ShareOptions& options,
                                              const StartSite& site) const override {
    return share_start_problems(options, site);
  }
};

}  // namespace

const TableKind& share_tables() {
  static const ShareTables kind;
  return kind;
}

}  // namespace serialtcp::cli

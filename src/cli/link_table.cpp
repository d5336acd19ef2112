#include "cli/link_table.h"

#include <fmt/format.h>

#include <utility>

#include "cli/listening_places.h"

namespace serialtcp::cli {

namespace {

struct LinkTable : TableOptions {
  LinkOptions link = {};
};

const LinkOptions& link_of(const TableOptions& options) {
  return static_cast<const LinkTable&>(options).link;
}

class LinkTables final : public TableKind {
 public:
  const TableWords& words() const override {
    static constexpr TableWords kWords{
        .name = "link", .noun = "link", .unknown = "in a link", .each = "cable", .expected = "cable"};
    return kWords;
  }

  OptionTable rows() const override { return option_table(); }

  std::expected<std::shared_ptr<TableOptions>, Mistakes> judge(const Given& given) const override {
    auto judged = judge_link(given);
    if (!judged) return std::unexpected(std::move(judged.error()));
    std::string name = judged->name;
    return std::make_shared<LinkTable>(LinkTable{{std::move(name)}, std::move(*judged)});
  }

  std::string device(const TableOptions& options) const override { return link_of(options).port; }

  std::vector<ConfigMistake> clashes(std::span<const Table> tables) const override {
    std::vector<ConfigMistake> found;
    ListeningPlaces places;
    for (std::size_t link = 0; link < tables.size(); ++link) {
      const std::vector<ServerSpec>& servers = link_of(*tables[link].options).servers;
      for (std::size_t server = 0; server < servers.size(); ++server) {
        const auto other = places.claim(servers[server], {link, server});
        if (!other) continue;
        const Place earlier = tables[other->link].placed.where("server", other->server);
        found.push_back(
            {tables[link].placed.where("server", server),
             fmt::format("server: the one at line {} listens at the same place: choose another port or path",
                         earlier.line)});
      }
    }
    return found;
  }

  std::vector<StartProblem> start_problems(const TableOptions& options,
                                           const StartSite& site) const override {
    return serialtcp::cli::start_problems(link_of(options), site);
  }

  void take_over(Table table, Configuration& config) const override {
    LinkOptions link = link_of(*table.options);
    link.name = table.options->name;
    config.links.push_back(std::move(link));
    config.placed.push_back(std::move(table.placed));
  }

  std::unique_ptr<TableSet> make_set(io::asio::io_context&, Log&) const override { return nullptr; }
  std::vector<StatusLines> status_lines(const control::ProcessStatus&) const override { return {}; }
};

}  // namespace

const TableKind& link_tables() {
  static const LinkTables kind;
  return kind;
}

}  // namespace serialtcp::cli

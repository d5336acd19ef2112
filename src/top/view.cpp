#include "top/view.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "top/columns.h"

namespace serialtcp::top {

namespace {

using Mode = Browser::Mode;
using Pane = Browser::Pane;

constexpr std::size_t kSmallBody = 6;    ///< lines; with fewer, only the pane that has the keys is shown
constexpr std::size_t kMaxProblems = 3;  ///< lines
constexpr std::size_t kNarrow = 50;
constexpr std::string_view kHint = "q quit  h help  s sort  / filter  k close  space pause";
constexpr std::string_view kNarrowHint = "q quit  h help";
constexpr std::string_view kIndent = "  ";

constexpr std::string_view kHelp[] = {
    "q         quit",
    "Up, Down, PgUp, PgDn, End    select a row",
    "Home      back to the first row",
    "Tab       links or connections",
    "s >       sort by the next column",
    "<         sort by the one before",
    "r         reverse the order",
    "/         show only what contains a text",
    "Escape    show all again",
    "k         close the selected connection",
    "Space     pause",
    "Ctrl-L    draw the screen again",
    "",
    "SENT/s RECV/s  bytes a second on the line",
    "USED      their part of SPEED, the line's",
    "RTT       round trip",
    "LOST BAD  frames lost, and received damaged,",
    "          in the last 10 seconds",
    "QUEUE     bytes not acknowledged yet",
    "CONN      connections",
};

Style style_of(const LinkRow& row) {
  if (row.state == "up") return Style::plain;
  if (row.state == "starting" || row.state == "stopping" || row.state == "held") return Style::warning;
  return Style::bad;
}
Style style_of(const ConnectionRow& row) {
  return row.packets && row.state != "up" ? Style::bad : Style::plain;
}

/// A part of the screen, from line y on.
struct Area {
  std::size_t y = 0;
  std::size_t height = 0;
};

class Drawing {
 public:
  Drawing(Screen& screen, const Surroundings& around) : screen_(screen), around_(around) {}

  std::size_t width() const { return screen_.size().width; }

  void text(std::size_t x, std::size_t y, std::string_view text, Style style) {
    if (x < width()) screen_.put(x, y, fitting(text, width() - x, around_.letters), style);
  }

  template <typename Row>
  void titles(std::size_t y, std::span<const Column<Row>> columns, const std::vector<Placed>& placed,
              const Browser* sorted) {
    std::size_t x = 0;
    for (const auto& [index, column_width] : placed) {
      std::string title(columns[index].title);
      const bool is_sorted = sorted != nullptr && sorted->sort_column() == index;
      if (is_sorted && title.size() < column_width) title += sorted->is_reversed() ? '^' : 'v';
      x = cell(x, y, title, column_width, columns[index].align, is_sorted ? Style::selected : Style::title);
    }
  }

  template <typename Row>
  void row(std::size_t y, std::span<const Column<Row>> columns, const std::vector<Placed>& placed,
           const Row& row) {
    std::size_t x = 0;
    for (const auto& [index, column_width] : placed)
      x = cell(x, y, columns[index].text(row), column_width, columns[index].align, style_of(row));
  }

  void select(std::size_t y) { screen_.paint(y, Style::selected); }

  /// A text over several lines, between words where it can be. Returns the line after it.
  std::size_t paragraph(std::size_t y, std::size_t end, std::string_view text, Style style) {
    while (!text.empty() && y < end) {
      const std::string line = fitting(text, width(), Letters::utf8);
      std::size_t size = text.size();
      if (width_of(text) > width()) {
        size = text.substr(0, line.size()).rfind(' ');
        if (size == std::string_view::npos || size == 0) size = std::max<std::size_t>(line.size() - 1, 1);
      }
      this->text(0, y++, text.substr(0, size), style);
      text.remove_prefix(size);
      text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    }
    return y;
  }

 private:
  std::size_t cell(std::size_t x, std::size_t y, std::string_view text, std::size_t room, Align align,
                   Style style) {
    const std::string shown = fitting(text, room, around_.letters);
    const std::size_t indent = align == Align::right ? room - width_of(shown) : 0;
    screen_.put(x + indent, y, shown, style);
    return x + room + 1;
  }

  Screen& screen_;
  const Surroundings& around_;
};

std::string headline(const Model& model, const Browser& browser, std::size_t width) {
  const auto links = model.links();
  const auto up = std::ranges::count(links, "up", &LinkRow::state);
  std::string text = width < kNarrow ? "" : "serialtcp top: ";
  if (browser.is_paused()) text = "PAUSED: ";
  if (!browser.filter().empty() && browser.mode() != Mode::filter)
    text += fmt::format("only '{}': ", browser.filter());
  const auto connections = model.connections();
  const auto packets = std::ranges::count(connections, true, &ConnectionRow::packets);
  text += fmt::format("{} of {} links up, {} connections", up, links.size(),
                      static_cast<std::ptrdiff_t>(connections.size()) - packets);
  if (model.processes() != 1) text += fmt::format(", {} processes", model.processes());
  return text;
}

std::string bottom_line(const Browser& browser, std::size_t width) {
  switch (browser.mode()) {
    case Mode::filter:
      // Its end is seen.
      return fmt::format("show only: {}_", std::string_view(browser.filter())
                                               .substr(browser.filter().size() -
                                                       std::min(browser.filter().size(),
                                                                width - std::min<std::size_t>(width, 13))));
    case Mode::confirm:
      return fmt::format("close? y/n: {}", browser.asked_about());
    case Mode::help:
      return "any key: back";
    case Mode::list:
      break;
  }
  if (!browser.notice().empty()) return browser.notice();
  return std::string(width < kNarrow ? kNarrowHint : kHint);
}

/// "13-24 of 200", if not all rows are seen.
std::string position(const Browser::Selection& selection, std::size_t rows) {
  const std::size_t last = std::min(selection.first + selection.page, rows);
  if (selection.first == 0 && last == rows) return "";
  return fmt::format(" {}-{} of {}", selection.first + 1, last, rows);
}

/// Which rows are seen in so many lines, where a row takes lines_of(index).
void scroll(Browser::Selection& selection, std::size_t rows, std::size_t lines, auto lines_of) {
  selection.first = std::min(selection.first, rows == 0 ? 0 : rows - 1);
  if (!selection.chosen) selection.first = 0;
  if (selection.index < selection.first) selection.first = selection.index;
  const auto fits_from = [&](std::size_t first, std::size_t to) {
    std::size_t needed = 0;
    for (std::size_t i = first; i <= to && needed <= lines; ++i) needed += lines_of(i);
    return needed <= lines;
  };
  if (rows > 0) {
    while (selection.first < selection.index && !fits_from(selection.first, selection.index))
      ++selection.first;
    // No empty lines below the last row.
    while (selection.first > 0 && fits_from(selection.first - 1, rows - 1)) --selection.first;
  }
  selection.page = 0;
  for (std::size_t i = selection.first, used = 0; i < rows; ++i, ++selection.page) {
    used += lines_of(i);
    if (used > lines) break;
  }
  selection.page = std::max<std::size_t>(selection.page, 1);
}

template <typename Row>
std::size_t lines_of(const Row& row) {
  return row.detail.empty() ? 1 : 2;
}

template <typename Row>
std::size_t lines_of_all(const std::vector<const Row*>& rows) {
  std::size_t sum = 0;
  for (const Row* const row : rows) sum += lines_of(*row);
  return sum;
}

/// What a table shows.
template <typename Row>
struct Table {
  std::span<const Column<Row>> columns;
  const std::vector<const Row*>& rows;
  std::string_view empty;
};

/// A line of titles, if there is room for one, and rows.
template <typename Row>
void draw_table(Drawing& drawing, const Table<Row>& table, Browser::Selection& selection,
                const Browser* sorted, Area area) {
  const auto& [columns, rows, empty] = table;
  const std::vector<Placed> placed = place<Row>(columns, std::span<const Row* const>(rows), drawing.width());
  std::size_t y = area.y;
  const std::size_t end = area.y + area.height;
  if (area.height > 1) drawing.titles(y++, columns, placed, sorted);
  Browser::settle(selection, rows);
  // If there is no room for all second lines, only the selected row has one.
  const bool all = lines_of_all(rows) <= end - y;
  const auto lines_at = [&](std::size_t i) {
    return all || (selection.chosen && i == selection.index) ? lines_of(*rows[i]) : 1;
  };
  scroll(selection, rows.size(), end - y, lines_at);
  if (rows.empty()) drawing.text(0, y, empty, Style::plain);
  for (std::size_t i = selection.first; i < rows.size() && y < end; ++i) {
    drawing.row(y, columns, placed, *rows[i]);
    if (selection.chosen && i == selection.index) drawing.select(y);
    ++y;
    if (lines_at(i) > 1 && y < end)
      drawing.text(0, y++, fmt::format("{}{}", kIndent, rows[i]->detail), style_of(*rows[i]));
  }
}

void draw_help(Drawing& drawing, Area area) {
  std::size_t y = area.y;
  for (const std::string_view line : kHelp) {
    if (y < area.y + area.height) drawing.text(0, y++, line, Style::plain);
  }
}

/// How the lines are divided between the two tables.
std::size_t height_of_links(std::size_t body, std::size_t link_lines, std::size_t connection_lines) {
  const std::size_t wanted = 1 + std::max<std::size_t>(link_lines, 1);
  const std::size_t others = 1 + std::max<std::size_t>(connection_lines, 1);
  return std::min(wanted, std::max(body / 2, body - std::min(body, others)));
}

/// Returns how many rows the pane with the keys has.
std::size_t draw_tables(Drawing& drawing, const Model& model, Browser& browser, Area area) {
  const auto links = browser.links(model);
  const auto connections = browser.connections(model);
  const bool filtered = !browser.filter().empty();
  const Table<LinkRow> of_links{link_columns(), links, filtered ? "no link matches" : "no links"};
  const Table<ConnectionRow> of_connections{connection_columns(), connections,
                                            filtered ? "no connection matches" : "no connections"};
  const bool both = area.height >= kSmallBody;
  const std::size_t upper = both
                                ? height_of_links(area.height, lines_of_all(links), lines_of_all(connections))
                            : browser.pane() == Pane::links ? area.height
                                                            : 0;
  if (upper > 0) draw_table(drawing, of_links, browser.selection(Pane::links), nullptr, {area.y, upper});
  if (upper < area.height)
    draw_table(drawing, of_connections, browser.selection(Pane::connections), &browser,
               {area.y + upper, area.height - upper});
  return browser.pane() == Pane::links ? links.size() : connections.size();
}

}  // namespace

Screen draw(const Model& model, Browser& browser, const Surroundings& around, Size size) {
  size.width = std::clamp<std::size_t>(size.width, 1, kMaxSize.width);
  size.height = std::clamp<std::size_t>(size.height, 1, kMaxSize.height);
  Screen screen(size);
  Drawing drawing(screen, around);
  const bool talking = browser.mode() == Mode::filter || browser.mode() == Mode::confirm;
  if (size.height == 1) {
    drawing.text(0, 0, talking ? bottom_line(browser, size.width) : headline(model, browser, size.width),
                 Style::strong);
    return screen;
  }
  drawing.text(0, 0, headline(model, browser, size.width), Style::strong);
  const std::size_t bottom = size.height - 1;
  std::size_t y = 1;
  std::size_t rows = 0;
  if (browser.mode() == Mode::help) {
    draw_help(drawing, {y, bottom - y});
  } else {
    // Where nothing else is to be seen, they have the whole screen.
    const std::size_t end = model.processes() == 0 ? bottom : std::min(bottom, y + kMaxProblems);
    for (const std::string& problem : around.problems) y = drawing.paragraph(y, end, problem, Style::bad);
    if (y < bottom && model.processes() > 0) rows = draw_tables(drawing, model, browser, {y, bottom - y});
  }
  const bool strong = talking || !browser.notice().empty();
  drawing.text(0, bottom, bottom_line(browser, size.width), strong ? Style::strong : Style::plain);
  const std::string where = rows > 0 ? position(browser.selection(browser.pane()), rows) : "";
  if (!strong && kNarrowHint.size() + where.size() < size.width)
    drawing.text(size.width - where.size(), bottom, where, Style::plain);
  return screen;
}

std::vector<std::string> lines(const Model& model, const Surroundings& around, std::size_t width) {
  Browser browser;
  const auto links = browser.links(model);
  const std::size_t in_links = 1 + std::max<std::size_t>(lines_of_all(links), 1);
  const auto connections = browser.connections(model);
  const std::size_t in_connections = 1 + std::max<std::size_t>(lines_of_all(connections), 1);
  Screen screen({std::clamp<std::size_t>(width, 1, kMaxSize.width), 1 + in_links + in_connections});
  Drawing drawing(screen, around);
  drawing.text(0, 0, headline(model, browser, width), Style::plain);
  draw_table<LinkRow>(drawing, {link_columns(), links, "no links"}, browser.selection(Pane::links), nullptr,
                      {1, in_links});
  draw_table<ConnectionRow>(drawing, {connection_columns(), connections, "no connections"},
                            browser.selection(Pane::connections), nullptr, {1 + in_links, in_connections});
  std::vector<std::string> result;
  for (const std::string& problem : around.problems)
    result.push_back(fitting(problem, width, around.letters));
  const std::size_t shown = model.processes() == 0 ? 1 : screen.size().height;
  for (std::size_t y = 0; y < shown; ++y) result.push_back(screen.line(y));
  return result;
}

}  // namespace serialtcp::top

// Keys: order, filter, selection, and the question before a connection is closed.
#include "top/browser.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "top/columns.h"
#include "top/rows.h"

namespace serialtcp::top {
namespace {

using K = KeyPress::Key;
using What = Browser::Action::What;

class TopBrowser : public testing::Test {
 protected:
  TopBrowser() {
    status_ = process_of("rack", 12);
    for (std::uint64_t i = 0; i < 12; ++i) {
      control::ConnectionStatus& connection = status_.links[0].connections[i];
      connection.sent_bytes = i % 3 * 100;
      connection.age_seconds = 100 - static_cast<double>(i);
      connection.service = i % 2 == 0 ? "web" : "Ssh";
    }
    model_.take(1, status_);
  }

  Browser::Action type(std::string_view letters) {
    Browser::Action action;
    for (const char c : letters) action = browser_.press({K::letter, std::string(1, c)}, model_);
    return action;
  }
  Browser::Action press(K key) { return browser_.press({key}, model_); }

  std::string order() {
    std::string numbers;
    for (const ConnectionRow* const row : browser_.connections(model_))
      numbers += row->name.substr(row->name.find('#') + 1) + " ";
    return numbers;
  }
  /// The connection that is selected now.
  std::string selected() {
    const auto rows = browser_.connections(model_);
    auto& selection = browser_.selection(Browser::Pane::connections);
    Browser::settle(selection, rows);
    return selection.chosen ? rows[selection.index]->name : "none";
  }
  void sort_by(std::string_view title) {
    while (connection_columns()[browser_.sort_column()].title != title) type("s");
  }

  control::ProcessStatus status_;
  Model model_;
  Browser browser_;
};

TEST_F(TopBrowser, NumbersAreInOrderFirst) {
  EXPECT_EQ(order(), "1 2 3 4 5 6 7 8 9 10 11 12 ");
  type("r");
  EXPECT_EQ(order(), "12 11 10 9 8 7 6 5 4 3 2 1 ");
}

TEST_F(TopBrowser, SortsBothWaysAndEqualRowsKeepTheirPlaces) {
  sort_by("SENT");
  EXPECT_EQ(order(), "3 6 9 12 2 5 8 11 1 4 7 10 ");
  type("r");
  EXPECT_EQ(order(), "1 4 7 10 2 5 8 11 3 6 9 12 ");
  sort_by("AGE");
  EXPECT_EQ(order(), "1 2 3 4 5 6 7 8 9 10 11 12 ");
  sort_by("SERVICE");
  EXPECT_EQ(order(), "2 4 6 8 10 12 1 3 5 7 9 11 ");
  type("<");
  EXPECT_EQ(browser_.sort_column(), 0U);
  type("<");
  EXPECT_EQ(browser_.sort_column(), connection_columns().size() - 1);
  type(">");
  press(K::right);
  press(K::left);
  EXPECT_EQ(browser_.sort_column(), 0U);
}

TEST_F(TopBrowser, FiltersWhileItIsTypedInAnyCase) {
  type("/SS");
  EXPECT_EQ(browser_.mode(), Browser::Mode::filter);
  EXPECT_EQ(order(), "2 4 6 8 10 12 ");
  type("q");  // a letter like any other here
  EXPECT_EQ(order(), "");
  press(K::backspace);
  press(K::enter);
  EXPECT_EQ(browser_.filter(), "SS");
  EXPECT_EQ(order(), "2 4 6 8 10 12 ");
  type("/x");
  press(K::escape);  // as it was
  EXPECT_EQ(browser_.filter(), "SS");
  press(K::escape);
  EXPECT_EQ(order(), "1 2 3 4 5 6 7 8 9 10 11 12 ");
  type("/50003");
  EXPECT_EQ(order(), "3 ");
  press(K::erase_line);
  browser_.press({K::letter, "\xc3\xbc"}, model_);
  press(K::backspace);
  EXPECT_EQ(browser_.filter(), "");
  type(std::string(5000, 'x'));
  EXPECT_EQ(browser_.filter().size(), Browser::kMaxFilter);
}

TEST_F(TopBrowser, LinksAreShownThatMatchOrHaveAConnectionThatDoes) {
  control::ProcessStatus other = process_of("garden", 1);
  other.links.push_back(link_of("empty"));
  model_.take(2, other);
  EXPECT_EQ(browser_.links(model_).size(), 3U);
  type("/rack#7");
  ASSERT_EQ(browser_.links(model_).size(), 1U);
  EXPECT_EQ(browser_.links(model_)[0]->name, "rack");
  press(K::erase_line);
  type("EMPTY");
  ASSERT_EQ(browser_.links(model_).size(), 1U);
  EXPECT_EQ(browser_.links(model_)[0]->name, "empty");
}

TEST_F(TopBrowser, TheSelectionStaysOnItsConnection) {
  EXPECT_EQ(selected(), "none");
  press(K::down);
  press(K::down);
  EXPECT_EQ(selected(), "rack#2");
  sort_by("SENT");
  EXPECT_EQ(selected(), "rack#2");
  std::swap(status_.links[0].connections[0], status_.links[0].connections[5]);
  std::erase_if(status_.links[0].connections, [](const auto& one) { return one.id == "rack#3"; });
  model_.take(1, status_);
  EXPECT_EQ(selected(), "rack#2");
  std::erase_if(status_.links[0].connections, [](const auto& one) { return one.id == "rack#2"; });
  model_.take(1, status_);
  EXPECT_NE(selected(), "rack#2");  // the one in its place
  EXPECT_NE(selected(), "none");
  const std::string next = selected();
  model_.take(1, status_);
  EXPECT_EQ(selected(), next);
  status_.links[0].connections.clear();
  model_.take(1, status_);
  EXPECT_EQ(selected(), "none");
}

TEST_F(TopBrowser, MovesWithinTheRows) {
  browser_.selection(Browser::Pane::connections).page = 5;
  press(K::page_down);
  EXPECT_EQ(selected(), "rack#6");
  press(K::page_down);
  press(K::page_down);
  press(K::down);
  EXPECT_EQ(selected(), "rack#12");
  press(K::page_up);
  press(K::up);
  EXPECT_EQ(selected(), "rack#6");
  press(K::end);
  EXPECT_EQ(selected(), "rack#12");
  press(K::home);
  EXPECT_EQ(selected(), "none");
  press(K::up);
  EXPECT_EQ(selected(), "rack#1");
}

TEST_F(TopBrowser, ClosesNoPackets) {
  status_.links[0].connections.clear();
  status_.links[0].ip_links.push_back(ip_link_of("ip:tun0"));
  model_.take(1, status_);
  EXPECT_EQ(type("k").what, What::none);
  EXPECT_EQ(browser_.mode(), Browser::Mode::list);
  EXPECT_EQ(browser_.notice(), "packets pass as long as the link lasts: there is no connection to close");
}

TEST_F(TopBrowser, ClosesOnlyAfterYes) {
  press(K::down);
  press(K::down);
  EXPECT_EQ(type("k").what, What::none);
  EXPECT_EQ(browser_.mode(), Browser::Mode::confirm);
  EXPECT_EQ(browser_.asked_about(), "rack#2 (127.0.0.1:50002)");
  EXPECT_EQ(type("n").what, What::none);
  EXPECT_EQ(browser_.notice(), "it was not closed");
  type("k");
  EXPECT_EQ(press(K::enter).what, What::none);
  type("k");
  // It ends between the question and the answer, and another one is in its place: not that one is closed.
  std::erase_if(status_.links[0].connections, [](const auto& one) { return one.id == "rack#2"; });
  model_.take(1, status_);
  EXPECT_EQ(selected(), "rack#3");
  const Browser::Action action = type("y");
  EXPECT_EQ(action.what, What::close);
  EXPECT_EQ(action.connection, (Key{1, "rack#2"}));
  EXPECT_EQ(browser_.mode(), Browser::Mode::list);
}

TEST_F(TopBrowser, ThereMayBeNothingToClose) {
  type("/nothing like it");
  press(K::enter);
  type("k");
  EXPECT_EQ(browser_.mode(), Browser::Mode::list);
  EXPECT_EQ(browser_.notice(), "there is no connection to close");
  press(K::escape);
  press(K::tab);
  type("k");
  EXPECT_EQ(browser_.mode(), Browser::Mode::list);
  EXPECT_NE(browser_.notice(), "");
}

TEST_F(TopBrowser, OtherKeys) {
  EXPECT_EQ(type("q").what, What::quit);
  EXPECT_EQ(press(K::redraw).what, What::redraw);
  type(" ");
  EXPECT_TRUE(browser_.is_paused());
  type(" ");
  EXPECT_FALSE(browser_.is_paused());
  type("?");
  EXPECT_EQ(browser_.mode(), Browser::Mode::help);
  EXPECT_EQ(type("q").what, What::none);  // back to the list first
  EXPECT_EQ(browser_.mode(), Browser::Mode::list);
  type("Z");
  EXPECT_EQ(browser_.notice(), "no such key: h lists them");
}

}  // namespace
}  // namespace serialtcp::top

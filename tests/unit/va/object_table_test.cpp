// SPDX-License-Identifier: MIT
// ObjectTable: ids, lookup, removal, reuse.
#include "va/object_table.h"

#include <gtest/gtest.h>

#include <set>

namespace v4l2va {
namespace {

using Table = ObjectTable<int>;

TEST(ObjectTable, FindsWhatWasAdded) {
    Table table;
    const uint32_t a = table.add(std::make_shared<int>(1));
    const uint32_t b = table.add(std::make_shared<int>(2));
    EXPECT_NE(a, b);
    EXPECT_EQ(*table.find(a), 1);
    EXPECT_EQ(*table.find(b), 2);
    EXPECT_EQ(table.size(), 2U);
}

TEST(ObjectTable, UnknownIdsFindNothing) {
    Table table;
    EXPECT_EQ(table.find(0), nullptr);
    EXPECT_EQ(table.find(Table::kInvalidId), nullptr);
    const uint32_t id = table.add(std::make_shared<int>(1));
    EXPECT_EQ(table.find(id + 1), nullptr);
    EXPECT_EQ(table.find(id ^ 1U << 31), nullptr);
    EXPECT_EQ(table.remove(0), nullptr);
}

TEST(ObjectTable, RemovedObjectsAreGoneButOutliveTheTable) {
    Table table;
    const uint32_t id = table.add(std::make_shared<int>(7));
    const std::shared_ptr<int> held = table.find(id);
    EXPECT_EQ(*table.remove(id), 7);
    EXPECT_EQ(table.find(id), nullptr);
    EXPECT_EQ(table.remove(id), nullptr);
    EXPECT_EQ(*held, 7);
    EXPECT_EQ(table.size(), 0U);
}

TEST(ObjectTable, AnIdIsNotSeenAgainSoon) {
    Table table;
    std::set<uint32_t> seen;
    for (int i = 0; i < 200000; ++i) {
        const uint32_t id = table.add(std::make_shared<int>(i));
        ASSERT_TRUE(seen.insert(id).second) << "after " << i;
        ASSERT_NE(id, Table::kInvalidId);
        ASSERT_NE(id, 0U);
        (void)table.remove(id);
    }
}

TEST(ObjectTable, ManyAliveAtOnce) {
    Table table;
    std::vector<uint32_t> ids;
    for (int i = 0; i < 5000; ++i) {
        ids.push_back(table.add(std::make_shared<int>(i)));
    }
    for (int i = 0; i < 5000; i += 2) {
        EXPECT_EQ(*table.remove(ids[static_cast<size_t>(i)]), i);
    }
    for (int i = 1; i < 5000; i += 2) {
        EXPECT_EQ(*table.find(ids[static_cast<size_t>(i)]), i);
    }
    EXPECT_EQ(table.clear().size(), 2500U);
    EXPECT_EQ(table.size(), 0U);
}

}  // namespace
}  // namespace v4l2va

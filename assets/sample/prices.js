// What the market stall took in. Run it: node prices.js

const sales = [
  { item: "tomatoes", price: 0.1, count: 3 },
  { item: "pumpkin", price: 4.35, count: 2 },
  { item: "peppers", price: 1.1, count: 3 },
  { item: "herbs", price: "1.20", count: 5 },
];

// Adds floating-point euros: 0.1 three times is not 0.3.
function total(rows) {
  var sum = 0;
  for (var i = 0; i < rows.length; i++) {
    sum = sum + rows[i].price * rows[i].count;
  }
  return sum;
}

function cheapest(rows) {
  const sorted = rows.sort((a, b) => a.price - b.price);
  return sorted[0].item;
}

function find(rows, name) {
  for (const row of rows) {
    if (row.item == name) {
      return row;
    }
  }
}

function line(row) {
  return row.item + ": " + row.count + " x " + row.price + " = " + row.price * row.count;
}

for (const row of sales) {
  console.log(line(row));
}
console.log("total", total(sales));
console.log("cheapest", cheapest(sales));
console.log("herbs sold", find(sales, "herbs").count);

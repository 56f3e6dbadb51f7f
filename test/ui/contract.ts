/** As java-chassis sends it. */
export const CONTRACT = `swagger: "2.0"
info:
  version: "2.4.0"
  title: "Checkout"
  x-java-interface: "com.example.shop.CheckoutApi"
basePath: "/checkout"
consumes:
- "application/json"
produces:
- "application/json"
paths:
  /orders:
    post:
      summary: "Places an order"
      operationId: "placeOrder"
      parameters:
      - in: "body"
        name: "order"
        required: true
        schema:
          $ref: "#/definitions/Order"
      responses:
        "201":
          description: "placed"
          schema:
            $ref: "#/definitions/Receipt"
        "409":
          description: "a part is sold out"
  /orders/{id}:
    get:
      summary: "Reads an order"
      operationId: "readOrder"
      parameters:
      - name: "id"
        in: "path"
        required: true
        type: "string"
        format: "uuid"
      responses:
        "200":
          description: "found"
          schema:
            $ref: "#/definitions/Order"
    delete:
      summary: "Cancels an order that was not shipped yet"
      operationId: "cancelOrder"
      parameters:
      - name: "id"
        in: "path"
        required: true
        type: "string"
      - name: "reason"
        in: "query"
        required: false
        type: "string"
      responses:
        "204":
          description: "cancelled"
definitions:
  Order:
    type: "object"
    properties:
      id:
        type: "string"
      lines:
        type: "array"
        items:
          $ref: "#/definitions/Line"
  Line:
    type: "object"
    properties:
      article:
        type: "string"
      count:
        type: "integer"
        format: "int32"
  Receipt:
    type: "object"
    properties:
      orderId:
        type: "string"
`
